"""One label out of several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import softmax

from tunewright.data.table import Cell
from tunewright.data.targets import parse_label
from tunewright.data.usable import TargetKind
from tunewright.inputs import Encoded
from tunewright.losses.loss import TargetKind as OutputKind
from tunewright.metrics import MetricInfo, classification
from tunewright.metrics.rates import LabelRates
from tunewright.models.head import ProblemType
from tunewright.recipe import Part
from tunewright.recipe.union import PartOf
from tunewright.tasks.prediction import Prediction
from tunewright.tasks.row_task import RowTask
from tunewright.tasks.space import Space

__all__ = ["Classify"]


class Classify(RowTask):
    """One label a row out of several: sentiment, department, intent."""

    target_kind: ClassVar[TargetKind] = "label"
    learns: ClassVar[OutputKind] = "label"
    problem_type: ClassVar[ProblemType] = "single_label_classification"
    primary: ClassVar[str] = "accuracy"
    faultless: ClassVar[str] = "accuracy"
    metric_info: ClassVar[Mapping[str, MetricInfo]] = classification.NAMES

    kind: Literal["classify"] = "classify"
    """Which task this is."""
    loss: Annotated[Part, PartOf("loss")] = Field(default="cross_entropy", validate_default=True)
    """What training makes small: `cross_entropy` or `focal`."""

    def space(self, cells: Sequence[Cell], name: str, encoded: Encoded | None = None) -> Space:
        counts = Counter(parse_label(cell) for cell in cells)
        names = tuple(sorted(counts))
        return Space("classes", names, tuple(counts[label] for label in names))

    def encode(self, cells: Sequence[Cell], space: Space, encoded: Encoded | None = None) -> NDArray[np.int64]:
        index = {name: position for position, name in enumerate(space.names)}
        return np.array([index[parse_label(cell)] for cell in cells], dtype=np.int64)

    def scores(self, logits: NDArray[np.float32], space: Space) -> NDArray[np.float64]:
        probabilities: NDArray[np.float64] = softmax(logits.astype(np.float64), axis=-1)
        return probabilities

    def decide(self, scores: NDArray[np.float64], space: Space) -> list[str]:
        return [space.names[index] for index in scores.argmax(axis=1)]

    def metric_values(
        self, truth: NDArray[Any], scores: NDArray[np.float64], weights: NDArray[np.float64]
    ) -> dict[str, NDArray[np.float64]]:
        return classification.values(truth, scores, weights)

    def prediction(self, label: str, scores: NDArray[np.float64], space: Space) -> Prediction:
        by_name = {name: float(p) for name, p in zip(space.names, scores, strict=True)}
        return Prediction(label, by_name[label], by_name)

    def in_words(self, truth: NDArray[np.int64], space: Space) -> list[str]:
        return [space.names[int(index)] for index in truth]

    def wrongness(
        self, truth: NDArray[np.int64], answers: NDArray[np.float64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """The surest of wrong decisions is the worst."""
        return answers.argmax(axis=1) != truth, answers.max(axis=1)

    def labels(self, space: Space) -> tuple[str, ...]:
        return space.names

    def label_rates(
        self, truth: NDArray[np.int64], answers: NDArray[np.float64], weights: NDArray[np.float64]
    ) -> LabelRates:
        return classification.per_class(truth, answers, weights)

    def confusion(
        self, truth: NDArray[np.int64], answers: NDArray[np.float64], space: Space
    ) -> tuple[tuple[str, ...], NDArray[np.int64]]:
        return space.names, classification.confusion(truth, answers)
