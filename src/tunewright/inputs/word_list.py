"""A list of words a row, as tagged files hold them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from tunewright.inputs.input import Cells, Input
from tunewright.inputs.words import Spans, joined, words_of

__all__ = ["TokensInput"]


class TokensInput(Input):
    """Words that are cut already: a column of lists, or a file of a word a line (CoNLL).

    They are joined to a text with a space between them, and none in scripts that have none; the model's own tokenizer
    then cuts that text. A cell that is no list is read as running text, so that a finished model reads plain text, too.
    """

    tells_words: ClassVar[bool] = True
    words_are_given: ClassVar[bool] = True

    kind: Literal["tokens"] = "tokens"
    """Which input this is."""
    tokens: str = Field(min_length=1)
    """Column that holds the lists of words; files of a word a line have it as `tokens`."""

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.tokens,)

    def texts(self, cells: Cells) -> list[str]:
        return [text for text, _ in self._joined(cells)]

    def words(self, cells: Cells) -> Iterator[Spans]:
        return (spans for _, spans in self._joined(cells))

    def _joined(self, cells: Cells) -> list[tuple[str, Spans]]:
        """The text of each row, and its words."""
        return [
            joined(cell) if isinstance(cell, tuple) else (cell or "", words_of(cell or ""))
            for cell in cells[self.tokens]
        ]
