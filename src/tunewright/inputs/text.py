"""One text a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from tunewright.inputs.encoded import Encoded
from tunewright.inputs.input import Cells, Input
from tunewright.inputs.tokens import ColumnNames, join_cells, tokenize

__all__ = ["TextInput"]


class TextInput(Input):
    """One text: a column, or several joined by a line break."""

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
        self, cells: Cells, tokenizer: Any, max_length: int, progress: Callable[[int, int], None] | None = None
    ) -> Encoded:
        return tokenize(self.texts(cells), None, tokenizer, max_length, progress)
