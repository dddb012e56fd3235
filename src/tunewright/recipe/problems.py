"""Turns pydantic's errors into problems that teach: path, line, what was given, what is allowed, the near miss."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from tunewright.errors import Problem, near_miss
from tunewright.recipe import catalog
from tunewright.recipe.page import Location, Page
from tunewright.recipe.union import PartOf

__all__ = ["problems_of"]

_ARTICLES = {
    "int_parsing": "should be a whole number",
    "int_type": "should be a whole number",
    "int_from_float": "should be a whole number",
    "float_parsing": "should be a number",
    "float_type": "should be a number",
    "bool_parsing": "should be true or false",
    "bool_type": "should be true or false",
    "string_type": "should be text",
    "finite_number": "should be a finite number",
}


def problems_of(error: ValidationError, root: type[BaseModel], page: Page) -> list[Problem]:
    """One problem for each place, in the page's order; the branches of a union count as one place."""
    merged: dict[Location, list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False):
        merged.setdefault(_real_location(detail["loc"], page.values), []).append(detail)
    found = [_problem(at, details, root, page) for at, details in merged.items()]
    order = {at: index for index, at in enumerate(merged)}
    ranked = sorted(zip(merged, found, strict=True), key=lambda pair: (_line(pair[0], page), order[pair[0]]))
    return [problem for _, problem in ranked]


def _real_location(loc: tuple[int | str, ...], values: Any) -> Location:
    """Drop the names of union branches (`float`, `str`, `constrained-float`) that pydantic puts in the path."""
    at: list[int | str] = []
    here = values
    for position, step in enumerate(loc):
        if isinstance(here, Mapping):
            last = position == len(loc) - 1
            if step in here or last or position == 0 or loc[position + 1 :] == ():
                at.append(step)
                here = here.get(step) if isinstance(step, str) else None
                continue
        elif isinstance(here, (list, tuple)) and isinstance(step, int) and step < len(here):
            at.append(step)
            here = here[step]
            continue
        break
    return tuple(at)


def _line(at: Location, page: Page) -> int:
    for end in range(len(at), 0, -1):
        if at[:end] in page.lines:
            return page.lines[at[:end]]
    return 0


def _problem(at: Location, details: list[ErrorDetails], root: type[BaseModel], page: Page) -> Problem:
    dotted = ".".join(str(step) for step in at) or "recipe"
    line = page.lines.get(at)
    where = f"{dotted} (line {line})" if line else dotted
    kind, detail = details[0]["type"], details[0]
    if kind == "extra_forbidden":
        allowed = _fields_at(at[:-1], root, page.values)
        hint = " ".join(filter(None, [near_miss(str(at[-1]), allowed), f"Allowed: {', '.join(allowed)}."]))
        return Problem(where, "is not a field here", hint)
    if kind == "missing":
        return Problem(where, "is missing", _doc_at(at, root, page.values))
    if kind.startswith("part_"):
        allowed_kinds = (detail.get("ctx") or {}).get("allowed")
        return Problem(where, detail["msg"], f"Allowed: {allowed_kinds}." if allowed_kinds else "")
    given = _shown(detail["input"])
    what = " or ".join(dict.fromkeys(_wanted(d) for d in details))
    if kind == "literal_error":
        allowed = [
            piece.strip("' ") for piece in str((detail.get("ctx") or {})["expected"]).replace(" or ", ", ").split(",")
        ]
        hint = near_miss(str(detail["input"]), allowed) or _doc_at(at, root, page.values)
        return Problem(where, f"is {given}, and should be one of {', '.join(allowed)}", hint)
    return Problem(where, f"is {given}, and {what}", _doc_at(at, root, page.values))


def _wanted(detail: ErrorDetails) -> str:
    if detail["type"] in _ARTICLES:
        return _ARTICLES[detail["type"]]
    message = detail["msg"].removeprefix("Value error, ").removeprefix("Input ").rstrip(".")
    return message[:1].lower() + message[1:]


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _fields_at(at: Location, root: type[BaseModel], values: Any) -> list[str]:
    owner = _model_at(at, root, values)
    return [name for name in owner.model_fields if name != "kind"] if owner else []


def _doc_at(at: Location, root: type[BaseModel], values: Any) -> str:
    if not at or not isinstance(at[-1], str):
        return ""
    owner = _model_at(at[:-1], root, values)
    info = owner.model_fields.get(at[-1]) if owner else None
    return (info.description or "") if info else ""


def _model_at(at: Location, root: type[BaseModel], values: Any) -> type[BaseModel] | None:
    """The model whose fields stand at a location of the page, following the catalogue through parts."""
    model: type[BaseModel] | None = root
    info: FieldInfo | None = None
    here = values
    for step in at:
        if isinstance(step, str) and model is not None:
            info = model.model_fields.get(step)
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            return None
        if info is None:
            return None
        model = _model_of(info, here)
    return model


def _model_of(info: FieldInfo, given: Any) -> type[BaseModel] | None:
    for annotation in [*info.metadata, info.annotation]:
        for piece in _pieces(annotation):
            if isinstance(piece, PartOf) and isinstance(given, Mapping):
                kind = piece.kind_of(given)
                return catalog.load(piece.family, kind) if kind in catalog.kinds(piece.family) else None
            if isinstance(piece, type) and issubclass(piece, BaseModel) and isinstance(given, Mapping):
                return piece
    return None


def _pieces(annotation: Any) -> Iterator[Any]:
    """Every type and every metadata object inside an annotation, parts before plain types."""
    if typing.get_origin(annotation) is typing.Annotated:
        base, *extra = typing.get_args(annotation)
        yield from extra
        yield from _pieces(base)
    elif isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is not None:
        for inner in typing.get_args(annotation):
            yield from _pieces(inner)
    else:
        yield annotation
