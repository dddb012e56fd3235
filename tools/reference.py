"""Writes docs/reference: every field of the recipe, kind of part and command, from the code's own sentences.

    python -m tools.reference            # or: make docs

tests/house/test_reference.py fails when a page there is not what this module would write.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import annotated_types
from pydantic.fields import FieldInfo

from tunewright.cli.verbs import VERBS, Argument
from tunewright.recipe import Recipe, Section
from tunewright.recipe.catalog import BUILTIN, load
from tunewright.recipe.union import PartOf

__all__ = ["main", "pages"]

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
WRITTEN_BY = "<!-- Written by `make docs` from the code. Change the sentence there, not here. -->\n"
WORDS = {int: "whole number", float: "number", str: "text", bool: "true or false", type(None): "null"}

FAMILIES = {
    "input": "What the model reads: `data.inputs`. The kind may be left out, the fields tell it.",
    "task": "What is learned: `task`.",
    "loss": "What is minimised: `task.loss`.",
    "method": "Which weights move: `method`.",
    "schedule": "How the learning rate rises and falls: `training.schedule`.",
    "probe": "What is measured after training: the list `evaluation`.",
    "baseline": "What the tuned model has to beat: the list `baselines` of the probe `quality`.",
    "tracker": "Where else the curves go: the list `training.trackers`.",
}


def pages() -> dict[str, str]:
    """Name of each page in docs/reference and its text."""
    return {"recipe.md": _recipe_page(), "parts.md": _parts_page(), "commands.md": _commands_page()}


def main() -> None:
    """Write the pages and remove those that are no longer written."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    current = pages()
    for path in FOLDER.iterdir():
        if path.name not in current:
            path.unlink()
    for name, text in current.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def _recipe_page() -> str:
    lines = [
        "# The recipe, field by field",
        WRITTEN_BY,
        "One YAML 1.2 page. A field that is left out takes its default; a field that is not listed here is an error.",
        "`tunewright schema` prints the same as JSON Schema, for editors that complete and check YAML.",
        "Any field can be set on the command line by its path: `tunewright train recipe.yaml training.epochs=5`.",
        "",
    ]
    for path, section in _sections("", Recipe):
        lines += [f"## {f'`{path}`' if path else 'Top level'}", "", *_table(section), ""]
    return "\n".join(lines)


def _sections(path: str, section: type[Section]) -> Iterator[tuple[str, type[Section]]]:
    yield path, section
    for name, info in section.model_fields.items():
        for piece in _pieces(info.annotation):
            if inspect.isclass(piece) and issubclass(piece, Section) and not _family(info):
                yield from _sections(f"{path}.{name}".lstrip("."), piece)


def _parts_page() -> str:
    lines = [
        "# Every kind of part",
        WRITTEN_BY,
        "Where a recipe asks for a part, write its kind (`method: lora`) or a mapping with its knobs",
        "(`method: {kind: lora, rank: 8}`). `tunewright parts` lists these and the kinds that other packages bring;",
        "[extending](../guides/extending.md) shows how to add one.",
        "",
    ]
    for family, table in BUILTIN.items():
        lines += [f"## {family}", "", FAMILIES[family], ""]
        for kind in table:
            part = load(family, kind)
            knobs = [name for name in part.model_fields if name != "kind"]
            lines += [f"### `{kind}`", "", inspect.getdoc(part) or "", ""]
            lines += [*_table(part), ""] if knobs else ["It has no knobs.", ""]
    return "\n".join(lines)


def _commands_page() -> str:
    lines = [
        "# Every command",
        WRITTEN_BY,
        "`tunewright COMMAND [RECIPE|RUN] [field=value ...] [options]`. A RUN is the folder of a training, or the",
        "recipe it came from. Every command takes `--json` and then prints records on standard output; progress and",
        "messages go to standard error. Exit status: [unattended](../guides/continuous-integration.md).",
        "",
    ]
    for name, verb in VERBS.items():
        shown = " ".join(_placeholder(argument) for argument in verb.arguments)
        lines += [f"## `tunewright {name}`", "", f"{verb.summary[:1].upper()}{verb.summary[1:]}.", ""]
        lines += ["```text", f"tunewright {name} {shown}".rstrip(), "```", ""]
        if verb.arguments:
            lines += ["| argument | meaning |", "|---|---|"]
            lines += [f"| `{_argument_name(a)}` | {a.settings.get('help', '')} |" for a in verb.arguments]
            lines.append("")
    return "\n".join(lines)


def _argument_name(argument: Argument) -> str:
    flags = [name for name in argument.names if name.startswith("-")]
    value = argument.settings.get("metavar") or ""
    choices = argument.settings.get("choices")
    if choices:
        value = "{" + ",".join(choices) + "}"
    return " ".join(filter(None, [", ".join(flags), value])) or argument.names[0]


def _placeholder(argument: Argument) -> str:
    if not argument.names[0].startswith("-"):
        optional = argument.settings.get("nargs") in ("?", "*")
        more = " ..." if argument.settings.get("nargs") == "*" else ""
        name = f"{argument.settings.get('metavar', argument.names[0])}{more}"
        return f"[{name}]" if optional else name
    value = _argument_name(Argument(argument.names[:1], argument.settings))
    return f"[{value}]"


def _table(section: type[Section]) -> list[str]:
    rows = ["| field | value | default | meaning |", "|---|---|---|---|"]
    for name, info in section.model_fields.items():
        if name != "kind":
            cells = [f"`{name}`", _value(info), _default(info), (info.description or "").replace("\n", " ")]
            rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return rows


def _value(info: FieldInfo) -> str:
    family = _family(info)
    many = typing.get_origin(info.annotation) is tuple
    if family:
        link = f"[{family}](parts.md#{family})"
        return f"list of {link}" if many else link
    words = [_word(piece) for piece in _branches(info.annotation)]
    limits = " ".join(filter(None, (_limit(extra) for extra in info.metadata)))
    return " or ".join(dict.fromkeys(words)) + (f", {limits}" if limits else "")


def _word(annotation: Any) -> str:
    if typing.get_origin(annotation) is typing.Annotated:
        inner, *extras = typing.get_args(annotation)
        bounds = [bound for extra in extras for bound in getattr(extra, "metadata", [extra])]
        return " ".join(filter(None, [_word(inner), *(_limit(bound) for bound in bounds)]))
    if typing.get_origin(annotation) is typing.Literal:
        return ", ".join(f"`{choice}`" for choice in typing.get_args(annotation))
    if typing.get_origin(annotation) is tuple:
        return f"list of {_word(typing.get_args(annotation)[0])}"
    if typing.get_origin(annotation) is dict:
        return "mapping of {} to {}".format(*(_word(inner) for inner in typing.get_args(annotation)))
    if inspect.isclass(annotation) and issubclass(annotation, Section):
        return "fields below"
    return WORDS.get(annotation, f"`{annotation}`")


def _limit(extra: object) -> str:
    for kind, sign in ((annotated_types.Gt, "gt"), (annotated_types.Ge, "ge")):
        if isinstance(extra, kind):
            return f"{'over' if sign == 'gt' else 'at least'} {getattr(extra, sign):g}"
    for kind, sign in ((annotated_types.Lt, "lt"), (annotated_types.Le, "le")):
        if isinstance(extra, kind):
            return f"{'below' if sign == 'lt' else 'at most'} {getattr(extra, sign):g}"
    return ""


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    value = info.get_default(call_default_factory=True)
    if isinstance(value, Section):
        return "their defaults"
    if value is None:
        return "`null`"
    if isinstance(value, tuple):
        return f"`[{', '.join(str(item) for item in value)}]`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _family(info: FieldInfo) -> str | None:
    for piece in [*info.metadata, *_pieces(info.annotation)]:
        if isinstance(piece, PartOf):
            return piece.family
    return None


def _branches(annotation: Any) -> tuple[Any, ...]:
    union = typing.get_origin(annotation) in (typing.Union, types.UnionType)
    return typing.get_args(annotation) if union else (annotation,)


def _pieces(annotation: Any) -> Iterator[Any]:
    """Every type and every piece of metadata inside an annotation."""
    yield annotation
    yield from getattr(annotation, "__metadata__", ())
    for inner in typing.get_args(annotation):
        yield from _pieces(inner)


if __name__ == "__main__":
    main()
