"""Tasks whose model puts out one vector for each row."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

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
    """

    auto_class: ClassVar[HeadClass] = "AutoModelForSequenceClassification"
    baselines: ClassVar[tuple[str, ...]] = ("majority", "tfidf", "pixels", "spectrum", "probe")

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
        return self.step_targets(truth[samples], space)

    def step_targets(self, truth: NDArray[Any], space: Space) -> NDArray[Any]:
        """The truth of rows as the loss takes it; standardised for numbers."""
        return truth

    def answers(self, outputs: Outputs, encoded: Encoded, space: Space) -> NDArray[np.float64]:
        return self.scores(outputs, space)

    def predictions(self, answers: NDArray[np.float64], space: Space, texts: Sequence[str]) -> list[Prediction]:
        labels = self.decide(answers, space)
        return [self.prediction(label, row, space) for label, row in zip(labels, answers, strict=True)]
