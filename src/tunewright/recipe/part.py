"""What every section and every part of a recipe is: a frozen, closed pydantic model whose fields are its knobs."""

from __future__ import annotations

import typing
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

__all__ = ["Part", "Section"]


class Section(BaseModel):
    """A closed group of knobs. An unknown field is an error, a field's docstring is its documentation."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        validate_default=True,
        protected_namespaces=(),
        allow_inf_nan=False,
        ser_json_inf_nan="strings",
    )

    @field_validator("*", mode="before")
    @classmethod
    def _no_bool_for_a_number(cls, given: Any, info: ValidationInfo) -> Any:
        """`epochs: true` would train for one epoch: Python counts true as 1."""
        if isinstance(given, bool) and info.field_name is not None:
            accepted = {cls.model_fields[info.field_name].annotation}
            accepted |= set(typing.get_args(cls.model_fields[info.field_name].annotation))
            if accepted & {int, float} and bool not in accepted:
                raise PydanticCustomError("number_type", "should be a number")
        return given


class Part(Section):
    """One choice in a family of choices, told apart by `kind`.

    A part's fields are the knobs of that choice alone; the methods that its family asks for do the work. Objects
    of the run (model, tokenizer, device) are method arguments, never fields, so a part can be compared, printed,
    hashed and sent to another process.
    """

    kind: str
    """Which choice this is."""

    @classmethod
    def summary(cls) -> str:
        """The first line of the class's docstring: what `tunewright parts` prints."""
        return (cls.__doc__ or "").strip().partition("\n")[0]
