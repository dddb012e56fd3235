"""Turns pydantic's errors into problems that teach: path, line, what was given, what is allowed, the near miss."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tunewright.errors import Problem, near_miss
from tunewright.recipe import catalog
from tunewright.recipe.fields import family_of, field_at, model_at, section_of
from tunewright.recipe.page import Location, Page

__all__ = ["problems_of"]

_NOUNS = {
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a whole number that is not as large",
    "float_parsing": "a number",
    "float_type": "a number",
    "number_type": "a number",
    "finite_number": "a finite number",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "string_type": "text",
    "string_unicode": "text that UTF-8 can hold",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a group of fields",
    "model_type": "a group of fields",
    "model_attributes_type": "a group of fields",
    "none_required": "null",
    "greater_than": "over {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "under {lt}",
    "less_than_equal": "at most {le:g}",
    "too_short": "a list of at least {min_length} items",
    "too_long": "a list of at most {max_length} items",
    "string_pattern_mismatch": "text of the form {pattern}",
    "string_too_short": "text of at least {min_length} character(s)",
    "string_too_long": "text of at most {max_length} character(s)",
}
_LONGEST = 60


def problems_of(error: ValidationError, root: type[BaseModel], page: Page) -> list[Problem]:
    """One problem for each place, in the page's order; the branches of a union count as one place."""
    places: dict[Location, list[ErrorDetails]] = {}
    for at, detail in _located(error, page.values):
        places.setdefault(at, []).append(detail)
    ranked = sorted(places, key=lambda at: _line(at, page))
    return [_problem(at, places[at], root, page) for at in ranked]


def _located(error: ValidationError, values: Any) -> list[tuple[Location, ErrorDetails]]:
    """Every error with its place on the page.

    Where a value fits no branch of a union, the branch that got farthest into it is the one that was meant: of
    `targets: [1]` the item is to be mended, not the list.
    """
    found = [(*_place(detail, values), detail) for detail in error.errors(include_url=False)]
    entered = {union for at, union, _ in found if union is not None and len(at) > len(union)}
    return [(at, detail) for at, union, detail in found if at != union or union not in entered]


def _place(detail: ErrorDetails, values: Any) -> tuple[Location, Location | None]:
    """Where on the page an error stands, and where the union begins that it is a branch of.

    pydantic puts the names of branches (`float`, `constrained-str`) in its path; they are no steps of the page.
    """
    at: Location = ()
    union: Location | None = None
    here = values
    for position, step in enumerate(detail["loc"]):
        missing = detail["type"] == "missing" and position == len(detail["loc"]) - 1 and isinstance(step, str)
        inside = (isinstance(here, Mapping) and step in here) or (
            isinstance(here, (list, tuple)) and isinstance(step, int) and step < len(here)
        )
        if inside or missing:
            at = (*at, step)
            here = here[step] if inside else None
        elif union is None:
            union = at
    return at, union


def _line(at: Location, page: Page) -> int:
    for end in range(len(at), 0, -1):
        if at[:end] in page.lines:
            return page.lines[at[:end]]
    return 0


def _problem(at: Location, details: list[ErrorDetails], root: type[BaseModel], page: Page) -> Problem:
    where = ".".join(str(step) for step in at) or "recipe"
    if at in page.lines:
        where = f"{where} (line {page.lines[at]})"
    detail = details[0]
    kind, given = detail["type"], detail["input"]
    info = field_at(at, root, page.values)
    meaning = " ".join(((info.description if info else None) or "").split())
    if kind == "extra_forbidden":
        return Problem(where, "is not a field here", _belongs(at, root, page.values))
    if kind == "missing" and isinstance(detail["loc"][-1], str):
        return Problem(where, "is missing", meaning)
    context = detail.get("ctx") or {}
    if "hint" in context:
        return Problem(where, f"is {_shown(given)}, and {detail['msg']}", context["hint"])
    if kind == "missing":
        given = _at(at, page.values)
    wanted = " or ".join(dict.fromkeys(_wanted(each) for each in details)).replace(" or should be ", " or ")
    return Problem(where, f"is {_shown(given)}, and {wanted}", _advice(given, details) or meaning)


def _wanted(detail: ErrorDetails) -> str:
    """What one error asks for: `should be a number`, or the sentence of whoever wrote the check."""
    context = detail.get("ctx") or {}
    kind = detail["type"]
    if kind in _NOUNS:
        return f"should be {_NOUNS[kind].format_map(context)}"
    if kind == "missing":
        return f"should be a list of {int(detail['loc'][-1]) + 1} items"
    if kind == "literal_error":
        allowed = _allowed(detail)
        return f"should be one of {', '.join(allowed)}" if len(allowed) > 1 else f"should be {allowed[0]}"
    message = detail["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ").removeprefix("Input ")
    message = message.rstrip(".")
    return message[:1].lower() + message[1:]


def _allowed(detail: ErrorDetails) -> list[str]:
    expected = str((detail.get("ctx") or {}).get("expected", ""))
    return [piece.strip().strip("'") for piece in expected.replace(" or ", ", ").split(", ")]


def _advice(given: Any, details: list[ErrorDetails]) -> str:
    """What to type instead, where that can be told from what was given."""
    kinds = {detail["type"] for detail in details}
    if isinstance(given, str):
        hint = near_miss(
            given, [name for detail in details if detail["type"] == "literal_error" for name in _allowed(detail)]
        )
        if hint:
            return hint
    if "string_type" in kinds and isinstance(given, (bool, int, float)):
        return 'Text that looks like a number, or like true or null, is written in quotes: "007".'
    if kinds & {"list_type", "tuple_type"} and isinstance(given, str):
        return f"Write it as a list: [{given}]"
    return ""


def _shown(value: Any) -> str:
    """A value as it would be written on the page, cut where it is long."""
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    if isinstance(value, str):
        text = repr(value)
    else:
        try:
            text = json.dumps(value, ensure_ascii=False, default=repr)
        except (TypeError, ValueError, RecursionError):
            text = type(value).__name__
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _belongs(at: Location, root: type[BaseModel], values: Any) -> str:
    """For a field that is unknown where it stands: where it belongs, what it is near to, and what is allowed."""
    name = str(at[-1])
    if ":" in name:
        before, _, after = name.partition(":")
        return f"A colon wants a space after it: `{before}: {after or '...'}`."
    owner = model_at(at[:-1], root, values)
    allowed = [field for field in owner.model_fields if field != "kind"] if owner else []
    for section, info in root.model_fields.items():
        model = section_of(info)
        if owner is not model and model and name in model.model_fields:
            return f"It belongs under `{section}`, indented by two spaces; on the command line: {section}.{name}=..."
    if owner is not root and name in root.model_fields:
        return "It belongs at the top of the page, not indented."
    here = field_at(at[:-1], root, values)
    family = family_of(here) if here else None
    for kind in catalog.kinds(family) if family else ():
        if name in catalog.load(str(family), kind).model_fields:
            return f"It is a field of the {family} {kind!r}: {{kind: {kind}, {name}: ...}}"
    allows = f"Allowed: {', '.join(allowed)}." if allowed else "No field is allowed here."
    return " ".join(filter(None, [near_miss(name, allowed), allows]))


def _at(at: Location, values: Any) -> Any:
    for step in at:
        values = values[step]
    return values
