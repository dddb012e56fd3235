"""A field that holds one part of a family, chosen by `kind` and looked up in the catalogue.

Written in full as `{kind: lora, rank: 8}`, in short as `lora`. For inputs the kind may be left out: it is the set of
fields given (`{text: title}` is `text`, `{text: a, pair: b}` is `text+pair`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

from tunewright.recipe import catalog
from tunewright.recipe.part import Part

__all__ = ["PartOf"]


class PartOf:
    """Annotation: `Annotated[Part, PartOf("method")]`."""

    def __init__(self, family: str) -> None:
        self.family = family

    def kind_of(self, given: Mapping[str, Any]) -> str | None:
        """The kind a mapping asks for, or None when it names none."""
        if "kind" in given:
            return str(given["kind"])
        roles = set(given)
        for kind in catalog.kinds(self.family):
            if self.family == "input" and set(kind.split("+")) == roles:
                return kind
        return None

    def validate(self, given: Any) -> Part:
        """Turn `lora`, `{kind: lora, ...}` or a ready part into a part of this family."""
        if isinstance(given, Part):
            if not isinstance(given, catalog.load(self.family, given.kind)):
                raise PydanticCustomError("part_family", "is a part, but not a {family}", {"family": self.family})
            return given
        if isinstance(given, str):
            given = {"kind": given}
        if not isinstance(given, Mapping):
            raise PydanticCustomError(
                "part_shape",
                "should be the name of a {family} or a mapping with its `kind`",
                {"family": self.family, "allowed": ", ".join(catalog.kinds(self.family))},
            )
        kind = self.kind_of(given)
        if kind is None:
            raise PydanticCustomError(
                "part_kind_missing",
                "does not say which {family} it is",
                {"family": self.family, "allowed": ", ".join(catalog.kinds(self.family))},
            )
        try:
            part = catalog.load(self.family, kind)
        except KeyError as error:
            raise PydanticCustomError("part_kind", "{message}", {"message": error.args[0]}) from error
        return part.model_validate(dict(given) | {"kind": kind})

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.validate,
            serialization=core_schema.plain_serializer_function_ser_schema(_dump),
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        choices: list[JsonSchemaValue] = []
        short: list[str] = []
        for kind in catalog.kinds(self.family):
            part = catalog.load(self.family, kind)
            choice = handler(part.__pydantic_core_schema__)
            choices.append(choice)
            if not any(f.is_required() for name, f in part.model_fields.items() if name != "kind"):
                short.append(kind)
        if short:
            choices.insert(0, {"enum": short, "description": f"A {self.family} with its defaults."})
        return {"anyOf": choices}


def _dump(part: Part) -> dict[str, Any]:
    return part.model_dump(mode="json")
