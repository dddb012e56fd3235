"""The contract of an input: which columns it reads and how they become tensors."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from tunewright.inputs.encoded import Encoded
from tunewright.recipe import Part

__all__ = ["Cells", "Input"]

Cells = Mapping[str, Sequence[str | tuple[str, ...] | None]]
"""Columns by name."""


class Input(Part):
    """What a model reads of a row."""

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """Names of the columns it needs."""

    @property
    def roles(self) -> dict[str, str]:
        """Role to column(s), for people: `{"text": "title + body"}`."""
        named = {name: getattr(self, name) for name in type(self).model_fields if name != "kind"}
        return {role: value if isinstance(value, str) else " + ".join(value) for role, value in named.items()}

    @abstractmethod
    def texts(self, cells: Cells) -> list[str] | list[tuple[str, str]]:
        """What the tokenizer is given for each row; empty cells count as empty text."""

    @abstractmethod
    def encode(
        self, cells: Cells, tokenizer: Any, max_length: int, progress: Callable[[int, int], None] | None = None
    ) -> Encoded:
        """Tokens of every row, cut to `max_length`, with what was lost.

        Args:
            cells: columns by name, of equal length.
            tokenizer: a transformers tokenizer.
            max_length: longest row in tokens, special ones included.
            progress: told (rows done, rows in all) now and then.
        """

    def collate(self, encoded: Encoded, rows: Sequence[int] | NDArray[np.int64]) -> dict[str, Tensor]:
        """The model's arguments for some rows."""
        return encoded.collate(rows)
