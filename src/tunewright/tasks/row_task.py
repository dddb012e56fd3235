"""Tasks whose model puts out one vector for each row."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from tunewright.data.table import Cell
from tunewright.inputs import Encoded
from tunewright.models.head import HeadClass
from tunewright.tasks.prediction import Prediction
from tunewright.tasks.space import Space
from tunewright.tasks.task import Outputs, Task

__all__ = ["RowTask"]


class RowTask(Task):
    """One vector of outputs for each row: classes, labels, a number.

    The truth is an array with an entry a row, the answers are scores: probabilities (rows, outputs), or raw numbers
    (rows,).

    Of a row that is read through windows, every window learns the row's target, and counts one part in as many as the
    row has windows: so each row counts once, however long it is.
    """

    auto_class: ClassVar[HeadClass] = "AutoModelForSequenceClassification"
    baselines: ClassVar[tuple[str, ...]] = ("majority", "tfidf", "pixels", "spectrum", "probe")
    pools: ClassVar[bool] = True

    pooling: Literal["mean", "max"] = "mean"
    """With `on_long: window`, what makes one answer of a row's windows: the `mean` of their probabilities (or numbers),
    or the `max` of each, brought back to a sum of 1 for classes."""

    @abstractmethod
    def space(self, cells: Sequence[Cell], name: str, encoded: Encoded | None = None) -> Space:
        """Learn the space from the training rows' target column `name`."""

    @abstractmethod
    def encode(self, cells: Sequence[Cell], space: Space, encoded: Encoded | None = None) -> NDArray[Any]:
        """(rows,) class indices, (rows, labels) 0/1, or raw numbers (rows,)."""

    @abstractmethod
    def scores(self, logits: NDArray[np.float32], space: Space) -> NDArray[np.float64]:
        """Probabilities (rows, outputs), or raw numbers (rows,)."""

    @abstractmethod
    def prediction(self, label: str, scores: NDArray[np.float64], space: Space) -> Prediction:
        """The answer to one row, which `decide` called `label`."""

    def targets(self, truth: NDArray[Any], encoded: Encoded, samples: NDArray[np.int64], space: Space) -> NDArray[Any]:
        return self.step_targets(truth[encoded.rows[samples]], space)

    def shares(self, encoded: Encoded, samples: NDArray[np.int64]) -> NDArray[np.float64] | None:
        """One part in as many as the sample's row has windows; None where no row has two."""
        if encoded.row_of is None:
            return None
        rows = encoded.row_of[samples]
        counts = np.searchsorted(encoded.row_of, rows, side="right") - np.searchsorted(encoded.row_of, rows)
        return np.asarray(1.0 / counts, dtype=np.float64)

    def step_targets(self, truth: NDArray[Any], space: Space) -> NDArray[Any]:
        """The truth of rows as the loss takes it; standardised for numbers."""
        return truth

    def answers(self, outputs: Outputs, encoded: Encoded, space: Space) -> NDArray[np.float64]:
        scores = self.scores(outputs, space)
        return scores if encoded.row_of is None else self.pooled(scores, encoded, space)

    def pooled(self, scores: NDArray[np.float64], encoded: Encoded, space: Space) -> NDArray[np.float64]:
        """One answer a row of those of its windows.

        Probabilities are pooled, not logits: each window is a reading of its own, and the mean of what they say is a
        probability again, in which a single window that is sure beyond measure has no more than its part.
        """
        bounds = np.searchsorted(encoded.rows, np.arange(len(encoded.full_lengths)))
        if not len(bounds):
            return scores
        if self.pooling == "max":
            found: NDArray[np.float64] = np.maximum.reduceat(scores, bounds, axis=0)
            return found / found.sum(axis=1, keepdims=True) if space.kind == "classes" else found
        counts = np.diff(np.append(bounds, len(scores))).reshape(-1, *(1,) * (scores.ndim - 1))
        mean: NDArray[np.float64] = np.add.reduceat(scores, bounds, axis=0) / counts
        return mean

    def predictions(self, answers: NDArray[np.float64], space: Space, texts: Sequence[str]) -> list[Prediction]:
        labels = self.decide(answers, space)
        return [self.prediction(label, row, space) for label, row in zip(labels, answers, strict=True)]
