"""A question, and the text that its answer is looked for in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Literal, Unpack

from pydantic import Field

from tunewright.inputs.context_tokens import tokenize_contexts
from tunewright.inputs.encoded import Encoded
from tunewright.inputs.input import Cells, Input, Reading

__all__ = ["QuestionContextInput"]


class QuestionContextInput(Input):
    """A question and the text that its answer is a place of.

    Its two sides are not alike, which tells it from `text+pair`: answers are places in the context, so it is one
    column, exactly as written; where both are too long for the model, the context alone is cut, or read through
    windows, and each window has the whole question before it. Many rows share a context: they never part over two
    splits.
    """

    tells_places: ClassVar[bool] = True
    truncation: ClassVar[str] = "only_second"

    kind: Literal["question+context"] = "question+context"
    """Which input this is."""
    question: str = Field(min_length=1)
    """Column that holds the question."""
    context: str = Field(min_length=1)
    """Column that holds the text to be searched."""

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.question, self.context)

    @property
    def together(self) -> str:
        return self.context

    def texts(self, cells: Cells) -> list[tuple[str, str]]:
        pairs = zip(cells[self.question], cells[self.context], strict=True)
        return [(_text(question), _text(context)) for question, context in pairs]

    def marked(self, cells: Cells) -> list[str]:
        return [_text(context) for context in cells[self.context]]

    def encode(
        self,
        cells: Cells,
        tokenizer: Any,
        max_length: int,
        progress: Callable[[int, int], None] | None = None,
        **how: Unpack[Reading],
    ) -> Encoded:
        """Tokens of every row. With `words`, which here are the tokens of the context with their places in it, long
        contexts are cut or read through windows; without, a row is a pair of texts like any other."""
        if not how.get("words"):
            return super().encode(cells, tokenizer, max_length, progress)
        return tokenize_contexts(self.texts(cells), tokenizer, max_length, how.get("overlap"), progress)


def _text(cell: str | tuple[str, ...] | None) -> str:
    return " ".join(cell) if isinstance(cell, tuple) else cell or ""
