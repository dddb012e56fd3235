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

from tunewright.errors import near_miss
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
            return given["kind"] if isinstance(given["kind"], str) else None
        roles = set(given)
        for kind in catalog.kinds(self.family):
            if self.family == "input" and set(kind.split("+")) == roles:
                return kind
        return self._with_options(roles) if self.family == "input" else None

    def _with_options(self, given: set[str]) -> str | None:
        """The input of most roles among these names, the others of which are options of its own."""
        whole = [kind for kind in catalog.kinds(self.family) if set(kind.split("+")) < given]
        for kind in sorted(whole, key=lambda kind: -kind.count("+")):
            if given <= set(catalog.load(self.family, kind).model_fields):
                return kind
        return None

    def validate(self, given: Any) -> Part:
        """Turn `lora`, `{kind: lora, ...}` or a ready part into a part of this family."""
        if isinstance(given, Part):
            if given.kind in catalog.kinds(self.family) and isinstance(given, catalog.load(self.family, given.kind)):
                return given
            raise self._error("part_family", f"is a part, but not {self._one}", self._kinds())
        if isinstance(given, str):
            given = {"kind": given}
        if not isinstance(given, Mapping):
            raise self._error("part_shape", f"should be the name of {self._one}, or its fields", self._kinds())
        kind = self.kind_of(given)
        if kind is None:
            raise self._error("part_kind_missing", f"does not say which {self.family} it is", self._guess(given))
        if kind not in catalog.kinds(self.family):
            hint = " ".join(filter(None, [near_miss(kind, catalog.kinds(self.family)), self._kinds()]))
            raise self._error("part_kind", f"there is no {self.family} of that kind", hint)
        return catalog.load(self.family, kind).model_validate(dict(given) | {"kind": kind})

    @property
    def _one(self) -> str:
        return f"{'an' if self.family[0] in 'aeiou' else 'a'} {self.family}"

    def _kinds(self) -> str:
        """What may be written here."""
        kinds = catalog.kinds(self.family)
        if self.family == "input":
            ways = [f"{{{', '.join(f'{role}: COLUMN' for role in kind.split('+'))}}}" for kind in kinds]
            return f"Write one of: {', '.join(ways)}."
        return f"Allowed: {', '.join(kinds)}."

    def _guess(self, given: Mapping[str, Any]) -> str:
        """The kinds whose fields were given, or the near miss of a role."""
        if self.family == "input":
            roles = dict.fromkeys(role for kind in catalog.kinds("input") for role in kind.split("+"))
            near = [near_miss(name, roles) for name in given if name not in roles]
            return " ".join(filter(None, [*near, self._kinds()]))
        named = [name for name in given if name != "kind"]
        for kind in catalog.kinds(self.family):
            if named and set(named) <= set(catalog.load(self.family, kind).model_fields):
                fields = ", ".join(f"{name}: ..." for name in named)
                return f"Add its kind: {{kind: {kind}, {fields}}}. {self._kinds()}"
        return self._kinds()

    @staticmethod
    def _error(kind: str, message: str, hint: str) -> PydanticCustomError:
        return PydanticCustomError(kind, "{message}", {"message": message, "hint": hint})

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
            if self.family != "input":
                choice = choice | {"required": [*choice.get("required", ()), "kind"]}
            choices.append(choice)
            if not any(f.is_required() for name, f in part.model_fields.items() if name != "kind"):
                short.append(kind)
        if short:
            choices.insert(0, {"enum": short, "description": f"{self._one} with its defaults.".capitalize()})
        return {"anyOf": choices}


def _dump(part: Part) -> dict[str, Any]:
    return part.model_dump(mode="json")
