"""Any number of labels a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import expit

from tunewright.data.table import Cell
from tunewright.data.targets import parse_labels
from tunewright.data.usable import TargetKind
from tunewright.inputs import Encoded
from tunewright.losses.loss import TargetKind as OutputKind
from tunewright.metrics import MetricInfo, multilabel
from tunewright.metrics.rates import LabelRates
from tunewright.models.head import ProblemType
from tunewright.recipe import Part
from tunewright.recipe.union import PartOf
from tunewright.tasks.prediction import Prediction
from tunewright.tasks.row_task import RowTask
from tunewright.tasks.space import Space

__all__ = ["MultiLabel"]


class MultiLabel(RowTask):
    """Any number of labels a row, none included: topics, symptoms, tags. Cells as `a|b`, or lists in JSON."""

    target_kind: ClassVar[TargetKind] = "labels"
    learns: ClassVar[OutputKind] = "labels"
    problem_type: ClassVar[ProblemType] = "multi_label_classification"
    primary: ClassVar[str] = "f1_macro"
    faultless: ClassVar[str] = "exact_match"
    metric_info: ClassVar[Mapping[str, MetricInfo]] = multilabel.NAMES

    kind: Literal["multilabel"] = "multilabel"
    """Which task this is."""
    loss: Annotated[Part, PartOf("loss")] = Field(default="binary_cross_entropy", validate_default=True)
    """What training makes small: `binary_cross_entropy` or `focal`."""

    def space(self, cells: Sequence[Cell], name: str, encoded: Encoded | None = None) -> Space:
        counts = Counter(label for cell in cells for label in set(parse_labels(cell)))
        names = tuple(sorted(counts))
        return Space("labels", names, tuple(counts[label] for label in names))

    def encode(self, cells: Sequence[Cell], space: Space, encoded: Encoded | None = None) -> NDArray[np.float32]:
        index = {name: position for position, name in enumerate(space.names)}
        targets = np.zeros((len(cells), len(space.names)), dtype=np.float32)
        for row, cell in enumerate(cells):
            for label in parse_labels(cell):
                targets[row, index[label]] = 1.0
        return targets

    def scores(self, logits: NDArray[np.float32], space: Space) -> NDArray[np.float64]:
        probabilities: NDArray[np.float64] = expit(logits.astype(np.float64))
        return probabilities

    def decide(self, scores: NDArray[np.float64], space: Space) -> list[str]:
        return ["|".join(name for name, p in zip(space.names, row, strict=True) if p >= 0.5) for row in scores]

    def metric_values(
        self, truth: NDArray[Any], scores: NDArray[np.float64], weights: NDArray[np.float64]
    ) -> dict[str, NDArray[np.float64]]:
        return multilabel.values(truth, scores, weights)

    def prediction(self, label: str, scores: NDArray[np.float64], space: Space) -> Prediction:
        by_name = {name: float(p) for name, p in zip(space.names, scores, strict=True)}
        return Prediction(label, min(max(p, 1 - p) for p in by_name.values()), by_name)

    def in_words(self, truth: NDArray[np.float32], space: Space) -> list[str]:
        return ["|".join(name for name, has in zip(space.names, row, strict=True) if has) for row in truth]

    def wrongness(
        self, truth: NDArray[np.float32], answers: NDArray[np.float64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """The surest of a row's wrong decisions counts."""
        wrong = (answers >= multilabel.THRESHOLD) != (truth > 0)
        return wrong.any(axis=1), (np.abs(answers - truth) * wrong).max(axis=1)

    def labels(self, space: Space) -> tuple[str, ...]:
        return space.names

    def label_rates(
        self, truth: NDArray[np.float32], answers: NDArray[np.float64], weights: NDArray[np.float64]
    ) -> LabelRates:
        return multilabel.per_label(truth, answers, weights)
