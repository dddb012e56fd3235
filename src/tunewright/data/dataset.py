"""From the recipe's data section to three tables and an audit: read, check, split, report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tunewright.data.classes import class_counts, histogram, target_findings
from tunewright.data.columns import check_columns
from tunewright.data.content import Looker, compared_columns, with_content
from tunewright.data.duplicates import Repeats, find_repeats
from tunewright.data.findings import Severity, finding
from tunewright.data.hub import is_hub_name, read_hub
from tunewright.data.leaks import Leak, find_leaks, group_keys, leak_finding
from tunewright.data.reading import read
from tunewright.data.row_findings import fault_findings, missing_findings, note_findings, repeat_findings, size_findings
from tunewright.data.sameness import Keys, normal_keys
from tunewright.data.source import Role
from tunewright.data.split import bundles, draw, draw_limited
from tunewright.data.strata import LABELLED, labels_of_rows, strata_of
from tunewright.data.table import Table
from tunewright.data.tagged_columns import read_scheme, scheme_findings
from tunewright.data.usable import TargetKind, Usable, role_columns, usable
from tunewright.errors import DataError, Problem
from tunewright.recipe import Data
from tunewright.records import Audit, Finding, Place, SplitSize

__all__ = ["Dataset", "assemble"]

_NAMES = ("train", "validation", "test")
_ADVICE: dict[TargetKind, dict[str, str]] = {
    "answers": {"conflict": "Decide on one, or give both as answers in one row: of several right answers any will do."}
}
_RANK = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, eq=False)
class Dataset:
    """The rows of a run, good ones only, and what was found on the way.

    Attributes:
        train: what is learned from; its rows stand in the order of the file.
        validation: what the best epoch is chosen by; None when there is none, or when no good row is left in it.
        test: what is only measured on; None likewise.
        audit: everything but token lengths and the forecast, which need a model. Training must not start while it
            holds errors.
    """

    train: Table
    validation: Table | None
    test: Table | None
    audit: Audit


@dataclass(frozen=True)
class _Job:
    """What `assemble` was asked for."""

    data: Data
    columns: tuple[str, ...]
    inputs: Mapping[str, str]
    kind: TargetKind
    seed: int
    spool: Path | None
    content: tuple[str, ...] = ()
    look: Looker | None = None
    together: str | None = None
    optional: tuple[str, ...] = ()

    @property
    def needed(self) -> dict[str, str]:
        """The roles that no row may leave empty."""
        return {role: columns for role, columns in self.inputs.items() if role not in self.optional}

    @property
    def group(self) -> str | None:
        """The column whose equal values never part."""
        return self.data.group or self.together

    @property
    def groups(self) -> tuple[str, ...]:
        """The same, and what the input itself wants together."""
        return tuple(dict.fromkeys(filter(None, (self.data.group, self.together))))

    @property
    def shares(self) -> dict[str, float]:
        """The splits that are drawn from the training rows; test first, so that it is the same without validation."""
        asked = (("test", self.data.test), ("validation", self.data.validation))
        return {name: share for name, share in asked if isinstance(share, float)}

    @property
    def compared(self) -> tuple[str, ...]:
        """The columns by which two rows are the same."""
        return compared_columns(self.columns, self.content)

    @property
    def source(self) -> str:
        """The last part of what the training rows are read from."""
        return self.data.train.rstrip("/").rpartition("/")[2]

    @property
    def bad(self) -> Severity:
        """How bad a row at fault is."""
        return "error" if self.data.on_bad_row == "error" else "warning"


def assemble(
    data: Data,
    *,
    input_columns: Sequence[str],
    inputs: Mapping[str, str],
    task: str,
    target_kind: TargetKind,
    locate: Callable[[str], Path],
    seed: int,
    spool: Path | None = None,
    content_columns: Sequence[str] = (),
    look: Looker | None = None,
    together: str | None = None,
    optional: Sequence[str] = (),
) -> Dataset:
    """Read, check and split the rows of a recipe.

    Rows at fault are left out of the tables and listed in the audit: as errors with `on_bad_row: error`, as warnings
    with `skip`. For `target_kind="labels"` and `"entities"` the target column of the tables holds tuples.

    Args:
        data: the recipe's section.
        input_columns: columns that the input reads.
        inputs, task: role to column(s), and the task's kind, for the audit.
        target_kind: what a target cell says.
        locate: turns a path of the recipe into a file or folder; `hub://` names are not passed to it.
        seed: start of every draw.
        spool: a folder for the cells of files that are too large for memory; None holds them all.
        content_columns, look: input columns whose cells name files, and what these hold, row by row.
        together: a column that is `data.group` where the recipe names none.
        optional: roles that may be empty; rows that are the same but for them never part over two splits.

    Raises:
        DataError: files or columns that cannot be used at all.
        UserError: no such file, or not of a kind that is read.
    """
    content, free = tuple(content_columns), tuple(optional)
    job = _Job(data, tuple(input_columns), inputs, target_kind, seed, spool, content, look, together, free)
    return _assembled(job, task, _read_all(job, locate))


def _assembled(job: _Job, task: str, raw: Mapping[str, Table]) -> Dataset:
    """Check and split what was read."""
    data, inputs, target_kind = job.data, job.inputs, job.kind
    checked, found = _checked(job, raw)
    tables = {name: result.table for name, result in checked.items()}
    missing = missing_findings(tables, role_columns(inputs, job.columns))
    repeats = {name: _repeats(job, table) for name, table in tables.items()}
    kept, leaks = _without_leaks(job, tables, repeats)
    found.extend((*missing, *repeat_findings(tables, repeats, _ADVICE.get(target_kind)), *leaks))
    tables["train"] = tables["train"].take(kept)
    known = repeats["train"].normal[kept]
    learned = {name: int(np.isin(repeats[name].normal, known).sum()) for name in tables if name != "train"}
    splits, origins = _split(job, tables, known)
    splits, unseen = _without_unseen(job, splits)
    classes = class_counts(splits, data.target, target_kind) if target_kind in LABELLED else ()
    targets = target_findings(classes, splits["train"], data.target, target_kind)
    found.extend((*unseen, *size_findings(splits, job.shares), *targets))
    audit = Audit(
        files=tuple(file for table in raw.values() for file in table.files),
        task=task,
        inputs=dict(inputs),
        target=data.target,
        splits=tuple(
            SplitSize(name=name, rows=len(splits[name]), origin=origins[name], learned=learned.get(name, 0))
            for name in splits
        ),
        classes=classes,
        target_histogram=histogram(splits["train"], data.target) if target_kind == "number" else (),
        findings=tuple(sorted(found, key=lambda one: _RANK[one.severity])),
    )
    validation, test = (table if table is not None and len(table) else None for table in map(splits.get, _NAMES[1:]))
    return Dataset(splits["train"], validation, test, audit)


def _repeats(job: _Job, table: Table) -> Repeats:
    """What a table says twice. Whatever the optional roles hold, the rest decides what is the same in two splits."""
    found = find_repeats(table, job.compared, job.data.target, job.kind)
    if not job.optional:
        return found
    needed = [name for names in role_columns(job.needed, job.columns) for name in names]
    return replace(found, normal=normal_keys(table, compared_columns(needed, job.content)))


def _read_all(job: _Job, locate: Callable[[str], Path]) -> dict[str, Table]:
    """The table of every split that has a file of its own."""
    data = job.data
    targets = (data.target,) if data.target else ()
    wanted = tuple(dict.fromkeys((*job.columns, *targets, *((data.group,) if data.group else ()))))
    given: dict[Role, float | str | None] = {"train": data.train, "validation": data.validation, "test": data.test}
    tables: dict[str, Table] = {}
    for role, source in given.items():
        if isinstance(source, str):
            tables[role] = (
                read_hub(source, role=role)
                if is_hub_name(source)
                else read(
                    locate(source),
                    role=role,
                    encoding=data.encoding,
                    delimiter=data.delimiter,
                    quoting=data.quoting,
                    wanted=wanted,
                    spool=job.spool / role if job.spool else None,
                )
            )
    _refuse_same_file(tables)
    check_columns(tables, job.columns, data.target, data.group)
    return tables if data.target else {name: _with_no_target(table) for name, table in tables.items()}


def _with_no_target(table: Table) -> Table:
    """A table whose column without a name stands for the target that a task without one does not have."""
    return table.with_columns({"": [None] * len(table)})


def _checked(job: _Job, raw: Mapping[str, Table]) -> tuple[dict[str, Usable], list[Finding]]:
    """Each table without its rows at fault, and what was found in rows one by one."""
    target = job.data.target
    tags = read_scheme(raw, job.inputs, target) if job.kind == "entities" else None
    looked = {name: with_content(table, job.content, job.look) for name, table in raw.items()}
    checked = {
        name: usable(
            table,
            inputs=job.needed,
            columns=job.columns,
            target=target,
            kind=job.kind,
            scheme=tags.scheme if tags else None,
            unreadable=unreadable,
        )
        for name, (table, unreadable) in looked.items()
    }
    faults, notes = fault_findings(checked, job.bad), note_findings(raw, checked, job.data.group)
    return checked, [*faults, *notes, *scheme_findings(tags, raw, job.columns)]


def _refuse_same_file(tables: Mapping[str, Table]) -> None:
    seen: dict[tuple[str, ...], str] = {}
    for name, table in tables.items():
        first = seen.setdefault(tuple(file.sha256 for file in table.files), name)
        if first != name:
            raise DataError(
                f"{first} and {name} are the same rows.",
                [Problem(f"data.{name}", f"{table.name} has the same content as {tables[first].name}, data.{first}")],
                f"Measured on what it learned by heart, any model looks perfect. Type data.{name}=20% to draw a share.",
            )


def _without_leaks(
    job: _Job, tables: Mapping[str, Table], repeats: Mapping[str, Repeats]
) -> tuple[NDArray[np.int64], list[Finding]]:
    """The training rows to go on with: those that stand in a file of validation or test are reported, and left out
    unless the recipe keeps them."""
    found: list[Finding] = []
    train = tables["train"]
    measured = {name: table for name, table in tables.items() if name != "train"}
    leaks = find_leaks(repeats["train"].normal, {name: repeats[name].normal for name in measured})
    if leaks:
        found.append(leak_finding(leaks, train, measured, job.data.on_leak))
    group = job.group
    shared: list[Leak] = []
    if group:
        there = {name: group_keys(table, group) for name, table in measured.items()}
        shared = find_leaks(group_keys(train, group), there)
    if shared:
        found.append(leak_finding(shared, train, measured, job.data.on_leak, group=group))
    if "validation" in tables and "test" in tables:
        both = find_leaks(repeats["validation"].normal, {"test": repeats["test"].normal})
        places = [tables["validation"].place(row) for row, _, _ in both]
        if places:
            found.append(finding("validation_in_test", "warning", places))
    keeps = np.ones(len(train), dtype=np.bool_)
    if job.data.on_leak == "drop":
        keeps[[row for row, _, _ in (*leaks, *shared)]] = False
    return np.flatnonzero(keeps), found


def _split(job: _Job, tables: Mapping[str, Table], normal: Keys) -> tuple[dict[str, Table], dict[str, str]]:
    """Draw the shares and the limit.

    Args:
        job: what was asked for.
        tables: good rows of each file.
        normal: one key a training row, equal for rows that must not part.

    Returns:
        The splits, and for each where its rows came from.
    """
    data, train, shares = job.data, tables["train"], job.shares
    if sum(shares.values()) >= 1:
        raise DataError(
            "The shares leave nothing to learn from.",
            [Problem(f"data.{name}", f"takes {100 * share:g}% of the training rows") for name, share in shares.items()],
            "Together they must stay below 100%: type for example data.test=20% data.validation=10%",
        )
    found = {name: tables.get(name, train) for name in _NAMES if name in tables or name in shares}
    if shares and len(train):
        labels = labels_of_rows(train, data.target, job.kind) if job.kind in LABELLED else ()
        keep_together = bundles(normal, *(group_keys(train, group) for group in job.groups))
        parts = draw(strata_of(train, data.target, job.kind), keep_together, shares, job.seed, labels)
        found.update({name: train.take(part) for name, part in parts.items()})
    origins = {name: f"{100 * shares[name]:g}% of {job.source}" if name in shares else "file" for name in found}
    if shares:
        origins["train"] = f"{100 - 100 * sum(shares.values()):g}% of {job.source}"
    if data.limit is not None and data.limit < len(found["train"]):
        chosen = draw_limited(strata_of(found["train"], data.target, job.kind), data.limit, job.seed)
        found["train"] = found["train"].take(chosen)
        origins["train"] = f"{data.limit} drawn of {job.source}"
    return found, origins


def _without_unseen(job: _Job, splits: dict[str, Table]) -> tuple[dict[str, Table], list[Finding]]:
    """Rows of validation and test with a label that train lacks are at fault."""
    if job.kind not in LABELLED:
        return splits, []
    target = job.data.target
    known = {label for labels in labels_of_rows(splits["train"], target, job.kind) for label in labels}
    places: list[Place] = []
    kept = dict(splits)
    for name in ("validation", "test"):
        if name not in splits:
            continue
        table = splits[name]
        unknown = [not known.issuperset(labels) for labels in labels_of_rows(table, target, job.kind)]
        places.extend(table.place(row, f"in {name}") for row, bad in enumerate(unknown) if bad)
        if any(unknown):
            kept[name] = table.take(np.flatnonzero(~np.asarray(unknown)))
    return kept, [finding("unseen_label", job.bad, places)] if places else []
