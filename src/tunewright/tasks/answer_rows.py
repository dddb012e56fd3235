"""Answers to many questions: what is right, and what a model says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunewright.data.answers import Gold, answers_of
from tunewright.data.table import Cell

__all__ = ["FoundAnswers", "RightAnswers"]


@dataclass(frozen=True, eq=False)
class RightAnswers:
    """The right answers of each row, in its context.

    Attributes:
        cells: of the target, in the form of `data.answers`.
    """

    cells: Sequence[Cell]

    def __len__(self) -> int:
        return len(self.cells)

    def __getitem__(self, index: Any) -> RightAnswers:
        return RightAnswers([self.cells[row] for row in np.arange(len(self))[index].tolist()])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """(answers, 3) row, start, end; a row without an answer has -1: what a fingerprint is taken of."""
        found = [
            (row, start, start + len(text)) for row in range(len(self)) for start, text in self.of(row) or [(-1, "")]
        ]
        whole = np.array(found, dtype=np.int64).reshape(-1, 3)
        return whole if dtype is None else whole.astype(dtype)

    def of(self, row: int) -> list[Gold]:
        """(start, text) of the right answers of one row; none where it has no answer."""
        return answers_of(self.cells[row])[1]

    def context(self, row: int) -> str:
        """What they are places of."""
        return answers_of(self.cells[row])[0]

    def first(self) -> FoundAnswers:
        """The first right answer of each row, as a model would have found it."""
        places = [self.of(row)[:1] for row in range(len(self))]
        spans = [(own[0][0], own[0][0] + len(own[0][1])) if own else (-1, -1) for own in places]
        return FoundAnswers(np.array(spans, dtype=np.int64).reshape(-1, 2), np.ones(len(self)))


@dataclass(frozen=True, eq=False)
class FoundAnswers:
    """One answer a row, or none.

    Attributes:
        spans: int64 (rows, 2) first character and the one behind the last; -1 twice for no answer.
        scores: float64 (rows,) probability of the answer, or of there being none.
    """

    spans: NDArray[np.int64]
    scores: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.spans)

    def __getitem__(self, index: Any) -> FoundAnswers:
        return FoundAnswers(self.spans[index], self.scores[index])

    def text(self, row: int, context: str) -> str:
        """What stands there; empty for no answer."""
        start, end = self.spans[row].tolist()
        return context[start:end] if start >= 0 else ""
