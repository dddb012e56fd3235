"""Two texts a row, read together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from tunewright.inputs.encoded import Encoded
from tunewright.inputs.input import Cells, Input
from tunewright.inputs.tokens import ColumnNames, join_cells
from tunewright.inputs.wrong_partners import with_wrong_partners

__all__ = ["TextPairInput"]


class TextPairInput(Input):
    """Two texts that the model reads together: premise and hypothesis, question and passage."""

    kind: Literal["text+pair"] = "text+pair"
    """Which input this is."""
    text: ColumnNames
    """Column of the first text, or a list of columns."""
    pair: ColumnNames
    """Column of the second text, or a list of columns."""

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self._names(self.text), *self._names(self.pair))

    @staticmethod
    def _names(names: ColumnNames) -> tuple[str, ...]:
        return (names,) if isinstance(names, str) else names

    def texts(self, cells: Cells) -> list[tuple[str, str]]:
        first = join_cells([cells[name] for name in self._names(self.text)])
        second = join_cells([cells[name] for name in self._names(self.pair)])
        return list(zip(first, second, strict=True))

    def training_batch(
        self, encoded: Encoded, samples: Sequence[int] | NDArray[np.int64], seed: int, step: int
    ) -> dict[str, Tensor]:
        return with_wrong_partners(encoded, samples)
