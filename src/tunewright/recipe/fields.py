"""Finds what may stand at a place of a recipe's page: the model, the field, the family of parts."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tunewright.recipe import catalog
from tunewright.recipe.page import Location
from tunewright.recipe.union import PartOf

__all__ = ["default_of", "family_of", "field_at", "model_at", "section_of"]


def model_at(at: Location, root: type[BaseModel], values: Any) -> type[BaseModel] | None:
    """The model whose fields stand at a location of the page, following the catalogue through parts."""
    model: type[BaseModel] | None = root
    info: FieldInfo | None = None
    here = values
    for step in at:
        if isinstance(step, str):
            info = model.model_fields.get(step) if model else None
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            return None
        if info is None:
            return None
        model = _model_of(info, here)
    return model


def field_at(at: Location, root: type[BaseModel], values: Any) -> FieldInfo | None:
    """The field that a location belongs to: its own, or that of the list it is an item of."""
    named = at
    while named and not isinstance(named[-1], str):
        named = named[:-1]
    if not named:
        return None
    owner = model_at(named[:-1], root, values)
    return owner.model_fields.get(str(named[-1])) if owner else None


def family_of(info: FieldInfo) -> str | None:
    """The family of parts that a field takes one of, or a list of; None for other fields."""
    return next((piece.family for piece in _pieces_of(info) if isinstance(piece, PartOf)), None)


def section_of(info: FieldInfo) -> type[BaseModel] | None:
    """The section that a field holds; None for values and for parts, which depend on what is given."""
    if family_of(info):
        return None
    models = (piece for piece in _pieces_of(info) if isinstance(piece, type) and issubclass(piece, BaseModel))
    return next(models, None)


def default_of(info: FieldInfo) -> Any:
    """What a field left out stands for, as it would be written on the page: `lora`, a list, or an empty mapping."""
    default = info.get_default(call_default_factory=False)
    if family_of(info):
        return list(default) if isinstance(default, tuple) else {"kind": default} if isinstance(default, str) else {}
    return {}


def _model_of(info: FieldInfo, given: Any) -> type[BaseModel] | None:
    family = family_of(info)
    if family is None:
        return section_of(info) if isinstance(given, Mapping) else None
    kind: Any = given if isinstance(given, str) else None
    if isinstance(given, Mapping):
        kind = PartOf(family).kind_of(given)
    return catalog.load(family, kind) if kind in catalog.kinds(family) else None


def _pieces_of(info: FieldInfo) -> Iterator[Any]:
    for annotation in (*info.metadata, info.annotation):
        yield from _pieces(annotation)


def _pieces(annotation: Any) -> Iterator[Any]:
    """Every type and every metadata object inside an annotation, parts before plain types."""
    if typing.get_origin(annotation) is typing.Annotated:
        inside, *extra = typing.get_args(annotation)
        yield from extra
        yield from _pieces(inside)
    elif isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is not None:
        for inner in typing.get_args(annotation):
            yield from _pieces(inner)
    else:
        yield annotation
