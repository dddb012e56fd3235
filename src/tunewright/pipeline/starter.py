"""`tunewright init`: a recipe for a data file, every choice with a comment."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML

from tunewright import samples
from tunewright.data.findings import rows
from tunewright.data.guess import Guess, guess
from tunewright.data.reading import read
from tunewright.data.row_findings import fault_findings, note_findings
from tunewright.data.table import Table
from tunewright.data.tagged_columns import read_scheme
from tunewright.data.usable import Usable, usable
from tunewright.errors import UserError, near_miss
from tunewright.inputs import Input
from tunewright.pipeline.starter_media import MEDIA
from tunewright.pipeline.starter_models import SAMPLE, named_models, texts_of
from tunewright.recipe import catalog
from tunewright.recipe.union import PartOf
from tunewright.records import Finding, SourceFile
from tunewright.tasks import Task

__all__ = ["Start", "starter"]

_PAGE = """\
# A recipe for {file}, to be edited. Every field with its meaning: tunewright schema
model: {model}    # {model_note}
{others}data:
  train: {train}
  validation: 10%    # of the rows, to choose the best epoch; or a file of its own
  test: 20%    # of the rows, only measured on; or a file of its own
  inputs: {inputs}    # {text_reason}
{target_line}{group}  on_long: {on_long}
{on_bad_row}task: {task}    # {task_reason}
method: {method}
training:
  epochs: {epochs}    # passes over the training rows, a share of the {rows} in the file
  batch_size: {batch_size}
  learning_rate: {learning_rate}
evaluation: [{evaluation}]
"""

_FULL = "full    # or lora, adapter: small additions learn, the rest stays; or {kind: freeze, layers: 4}"
_CAUSAL = ("language_model", "instruct", "prefer")
_OWN_RATE = "null    # null: a default for the model's width"
_SAMPLE_RATE = "    # for all weights of the sample model; null with another model or method"
_SAMPLE_RATES = {"similarity": "5e-5", "embed": "2e-5"}
"""Where the sample model is to keep what it knows of likeness."""
_BATCH_SIZES = {"similarity": 16, "embed": 64}
_CUT = "cut    # texts beyond the model's length lose their end, and the loss is reported; or: error"
_WINDOW = "window    # texts beyond the model's length are read in overlapping pieces; or: cut, error"
_GROUP = """\
  group: {name}    # rows of one never part over two splits
"""
_ON_BAD_ROW = """\
  on_bad_row: skip    # {faults} left out, and named by tunewright check; or: error, which refuses them
"""


@dataclass(frozen=True)
class Start:
    """A recipe's text, what was decided and why, and what was seen of the data.

    Attributes:
        text: the page.
        guess: role of a text, `target` and `task`, each with what the page says.
        reasons: why, for each of them.
        files: as they were read.
        rows: rows that can be learned from.
        findings: rows at fault, which the page leaves out, and what is worth knowing about the files.
        notes: what must be known before the page is used.
    """

    text: str
    guess: dict[str, str]
    reasons: dict[str, str]
    files: tuple[SourceFile, ...]
    rows: int
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()


def starter(
    data: Path | str, *, text: str | None, target: str | None, task: str | None, model: str | None, page: Path
) -> Start:
    """Look at a data file and write the recipe.

    Args:
        data: file or folder, or `sample://tickets`.
        text, target, task, model: what the user has said already; the rest is guessed.
        page: where the recipe will stand; the data's path is written relative to it.

    Raises:
        UserError: a column does not exist, or what to read or predict cannot be told.
    """
    path = samples.locate(str(data)) if str(data).startswith(samples.SCHEME) else Path(data)
    table = read(path, role="train")
    _known(table, text=text, target=target)
    found = guess(table, text=text, target=target, task=task)
    chosen = task or found.task
    _refuse_other_target(chosen, found)
    settings = found.settings if chosen == found.task else {}
    role = next(iter(found.inputs))
    said = {role: text, "target": target, "task": task}
    reasons = {name: "given" if value else found.reasons[name] for name, value in said.items()}
    checked = _checked(table, found.inputs, found.target, chosen)
    faults = sum(map(len, checked.faults.values()))
    written = {role: columns for role, columns in found.inputs.items() if role not in MEDIA}
    seen = texts_of(table.columns[name] for name in _read_columns(table, written))
    models = named_models(chosen, found.inputs, seen, settings, model)
    lines: dict[str, Any] = {
        "file": _one_line(path.resolve().name if path == data else str(data)),
        "model": _scalar(models.model),
        "model_note": models.note,
        "others": models.others,
        "train": _scalar(os.path.relpath(path.resolve(), page.resolve().parent) if path == data else str(data)),
        "on_bad_row": _ON_BAD_ROW.format(faults=_are(faults)) if faults else "",
        "task": _task(chosen, settings),
        "rows": f"{len(checked.table):,}",
        "epochs": _epochs(len(checked.table)),
        "learning_rate": _SAMPLE_RATES.get(chosen, "2e-4") + _SAMPLE_RATE if models.model == SAMPLE else _OWN_RATE,
    }
    lines |= _of_columns(table, found, reasons) | _of_task(chosen)
    return Start(
        text="".join(f"# {line}\n" for line in models.notes)
        + _PAGE.format(**lines | _of_media("+".join(found.inputs), lines)),
        guess={**found.inputs, **({"target": found.target} if found.target else {}), "task": chosen},
        reasons=found.reasons | reasons | dict.fromkeys(found.inputs, reasons[role]),
        files=table.files,
        rows=len(checked.table),
        findings=_findings(table, checked),
        notes=models.notes,
    )


def _refuse_other_target(task: str, found: Guess) -> None:
    """Stop where the task that is asked for learns from a column, and none was found, or the other way round."""
    wants = cast(Task, catalog.load("task", task)(kind=task)).target_kind != "none"
    if wants and not found.target:
        raise UserError(
            f"--task {task} predicts a column, and which one cannot be told here.\n  Name it: --target COLUMN"
        )
    if found.target and not wants:
        raise UserError(
            f"--task {task} predicts no column, and this file looks like one for {found.task} (of {found.target!r}).\n"
            "  Write the recipe by hand (tunewright schema), or leave --task and --target out."
        )


def _of_columns(table: Table, found: Guess, reasons: Mapping[str, str]) -> dict[str, str]:
    """The lines that name columns."""
    named = ", ".join(f"{name}: {_flow(_columns(table, each))}" for name, each in found.inputs.items())
    target = f"  target: {_scalar(found.target)}    # {_one_line(reasons['target'])}\n" if found.target else ""
    return {
        "inputs": "{" + named + "}",
        "text_reason": _one_line(reasons[next(iter(found.inputs))]),
        "target_line": target,
        "task_reason": _one_line(reasons["task"]),
        "group": _GROUP.format(name=_scalar(found.group)) if found.group else "",
    }


def _of_task(task: str) -> dict[str, Any]:
    """The lines that follow from the task."""
    return {
        "on_long": _WINDOW if task in ("tag", "answer") else _CUT,
        "evaluation": "quality, generate" if task in ("instruct", "prefer") else "quality, latency, memory",
        "method": "lora    # small additions learn, the rest stays; or full" if task in _CAUSAL else _FULL,
        "batch_size": _BATCH_SIZES.get(task, 32),
    }


def _task(kind: str, settings: Mapping[str, str]) -> str:
    """The task as the page says it."""
    fields = "".join(f", {name}: {_scalar(value)}" for name, value in settings.items())
    return f"{{kind: {kind}{fields}}}" if fields else kind


def _findings(table: Table, checked: Usable) -> tuple[Finding, ...]:
    """Rows at fault, which the page leaves out, and what is worth knowing about the files."""
    whole = {"train": checked}
    return (*fault_findings(whole, "warning"), *note_findings({"train": table}, whole, None))


def _of_media(roles: str, lines: Mapping[str, Any]) -> dict[str, str]:
    """The lines that are other ones where pictures or sounds are read."""
    media = MEDIA.get(roles)
    if media is None:
        return {}
    return {
        "inputs": lines["inputs"].removesuffix("}") + media.options + "}",
        "text_reason": f"{lines['text_reason']}; {media.note}",
        "on_long": media.on_long,
        "learning_rate": _OWN_RATE,
    }


def _checked(table: Table, inputs: Mapping[str, str], target: str, task: str) -> Usable:
    """The rows that this recipe can learn from, and those at fault."""
    kind = cast(Task, catalog.load("task", task)(kind=task)).target_kind
    if kind == "none":
        table = table.with_columns({"": [None] * len(table)})
    tags = read_scheme({"train": table}, inputs, target) if kind == "entities" else None
    scheme = tags.scheme if tags else None
    columns = _read_columns(table, inputs)
    optional = cast(type[Input], catalog.load("input", str(PartOf("input").kind_of(inputs)))).optional
    needed = {role: name for role, name in inputs.items() if role not in optional}
    return usable(table, inputs=needed, columns=columns, target=target, kind=kind, scheme=scheme)


def _read_columns(table: Table, inputs: Mapping[str, str]) -> list[str]:
    return [name for each in inputs.values() for name in _columns(table, each)]


def _columns(table: Table, role: str) -> list[str]:
    """The columns of a role: one, or several joined by ` + `."""
    return [role] if role in table.columns else role.split(" + ")


def _flow(names: list[str]) -> str:
    return _scalar(names[0]) if len(names) == 1 else f"[{', '.join(map(_scalar, names))}]"


def _are(number: int) -> str:
    return f"{rows(number)} at fault {'is' if number == 1 else 'are'}"


def _known(table: Table, **columns: str | None) -> None:
    """Refuse columns that are not there, or one column to be read and predicted at once."""
    text = columns["text"]
    if text is not None and text == columns["target"]:
        raise UserError(f"--text and --target are both {text!r}: the model would read its own answer.")
    for option, name in columns.items():
        if name is not None and name not in table.columns:
            hint = near_miss(name, table.columns) or f"It has: {', '.join(table.columns)}."
            raise UserError(f"--{option}: {table.name} has no column {name!r}. {hint}")


def _epochs(rows: int) -> int:
    """Few rows want steps: 128 rows were measured at .57 after 3 epochs and .80 after 10."""
    return 10 if rows < 500 else 5 if rows < 2000 else 3


def _scalar(value: str) -> str:
    """The value as a flow scalar of YAML, quoted where it must be."""
    out = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.allow_unicode = True
    yaml.width = 1_000_000
    yaml.default_flow_style = True
    yaml.dump([value], out)
    return out.getvalue().strip()[1:-1]


def _one_line(text: str) -> str:
    return " ".join(text.split())
