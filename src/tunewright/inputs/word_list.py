"""A list of words a row, as tagged files hold them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, Literal

from pydantic import Field

from tunewright.inputs.encoded import Encoded
from tunewright.inputs.input import Cells, Input
from tunewright.inputs.tagged_tokens import tokenize_words
from tunewright.inputs.tokens import tokenize
from tunewright.inputs.words import Spans, joined, words_of

__all__ = ["TokensInput"]


class TokensInput(Input):
    """Words that are cut already: a column of lists, or a file of a word a line (CoNLL).

    They are joined to a text with a space between them, and none in scripts that have none; the model's own tokenizer
    then cuts that text. A cell that is no list is read as running text, so that a finished model reads plain text, too.
    """

    tells_words: ClassVar[bool] = True

    kind: Literal["tokens"] = "tokens"
    """Which input this is."""
    tokens: str = Field(min_length=1)
    """Column that holds the lists of words; files of a word a line have it as `tokens`."""

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.tokens,)

    def texts(self, cells: Cells) -> list[str]:
        return [text for text, _ in self._joined(cells)]

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
        rows = self._joined(cells)
        texts = [text for text, _ in rows]
        if not words:
            return tokenize(texts, None, tokenizer, max_length, progress)
        encoded = tokenize_words(texts, [spans for _, spans in rows], tokenizer, max_length, overlap, progress)
        assert encoded.words is not None
        return replace(encoded, words=replace(encoded.words, given=True))

    def _joined(self, cells: Cells) -> list[tuple[str, Spans]]:
        """The text of each row, and its words."""
        return [
            joined(cell) if isinstance(cell, tuple) else (cell or "", words_of(cell or ""))
            for cell in cells[self.tokens]
        ]
