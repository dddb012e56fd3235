"""One text a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Literal

from tunewright.inputs.encoded import Encoded
from tunewright.inputs.input import Cells, Input
from tunewright.inputs.tagged_tokens import tokenize_words
from tunewright.inputs.tokens import ColumnNames, join_cells, tokenize
from tunewright.inputs.words import words_of

__all__ = ["TextInput"]


class TextInput(Input):
    """One text: a column, or several joined by a line break."""

    tells_words: ClassVar[bool] = True

    kind: Literal["text"] = "text"
    """Which input this is."""
    text: ColumnNames
    """Column that holds the text, or a list of columns (`[title, body]`)."""

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.text,) if isinstance(self.text, str) else self.text

    def texts(self, cells: Cells) -> list[str]:
        return join_cells([cells[name] for name in self.columns])

    def encode(
        self,
        cells: Cells,
        tokenizer: Any,
        max_length: int,
        progress: Callable[[int, int], None] | None = None,
        *,
        words: bool = False,
        overlap: int | None = None,
    ) -> Encoded:
        texts = self.texts(cells)
        if words:
            return tokenize_words(texts, [words_of(t) for t in texts], tokenizer, max_length, overlap, progress)
        return tokenize(texts, None, tokenizer, max_length, progress)
