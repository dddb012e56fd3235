"""One text a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from tunewright.inputs.input import Cells, Input
from tunewright.inputs.tokens import ColumnNames, join_cells
from tunewright.inputs.words import Spans, words_of

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

    def words(self, cells: Cells) -> Iterator[Spans]:
        return map(words_of, self.texts(cells))
