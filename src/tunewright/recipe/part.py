"""What every section and every part of a recipe is: a frozen, closed pydantic model whose fields are its knobs."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

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
