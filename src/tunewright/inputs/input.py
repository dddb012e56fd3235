"""The contract of an input: which columns it reads and how they become tensors."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

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

    tells_words: ClassVar[bool] = False
    """Whether it can say where the words stand, for tasks that label words."""

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
        self,
        cells: Cells,
        tokenizer: Any,
        max_length: int,
        progress: Callable[[int, int], None] | None = None,
        *,
        words: bool = False,
        overlap: int | None = None,
    ) -> Encoded:
        """Tokens of every row, cut to `max_length`, with what was lost.

        Args:
            cells: columns by name, of equal length.
            tokenizer: a transformers tokenizer.
            max_length: longest row in tokens, special ones included.
            progress: told (rows done, rows in all) now and then.
            words: keep which tokens begin which words; asked only where `tells_words`.
            overlap: with `words`, read longer rows through windows that share this many tokens; None cuts.
        """

    def collate(self, encoded: Encoded, samples: Sequence[int] | NDArray[np.int64]) -> dict[str, Tensor]:
        """The model's arguments for some samples."""
        return encoded.collate(samples)
