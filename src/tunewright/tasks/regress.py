"""A number a row."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from torch import nn

from tunewright.data.table import Cell
from tunewright.data.targets import parse_number
from tunewright.data.usable import TargetKind
from tunewright.inputs import Encoded
from tunewright.losses.loss import TargetKind as OutputKind
from tunewright.metrics import MetricInfo, regression
from tunewright.models.anatomy import final_linear
from tunewright.models.head import ProblemType, fold_scale
from tunewright.models.load_options import LoadOptions
from tunewright.models.source import Source
from tunewright.recipe import Part
from tunewright.recipe.union import PartOf
from tunewright.tasks.prediction import Prediction
from tunewright.tasks.row_task import RowTask
from tunewright.tasks.space import Space

__all__ = ["Regress"]


class Regress(RowTask):
    """A number a row: a price, a score. Trained on standardised targets; the saved model answers in the raw unit.

    Where the model's last layer has no bias (Llama-type classifiers) the mean cannot be folded into it; there the
    targets are divided by their root mean square only.
    """

    target_kind: ClassVar[TargetKind] = "number"
    learns: ClassVar[OutputKind] = "number"
    problem_type: ClassVar[ProblemType] = "regression"
    primary: ClassVar[str] = "rmse"
    metric_info: ClassVar[Mapping[str, MetricInfo]] = regression.NAMES

    kind: Literal["regress"] = "regress"
    """Which task this is."""
    loss: Annotated[Part, PartOf("loss")] = Field(default="mse", validate_default=True)
    """What training makes small: `mse`."""

    def space(self, cells: Sequence[Cell], name: str, encoded: Encoded | None = None) -> Space:
        numbers = np.array([parse_number(cell) for cell in cells], dtype=np.float64)
        return Space("number", (name,), (len(numbers),), float(numbers.mean()), float(numbers.std()) or 1.0)

    def encode(self, cells: Sequence[Cell], space: Space, encoded: Encoded | None = None) -> NDArray[np.float64]:
        return np.array([parse_number(cell) for cell in cells], dtype=np.float64)

    def scores(self, logits: NDArray[np.float32], space: Space) -> NDArray[np.float64]:
        return logits.astype(np.float64).reshape(-1) * space.scale + space.mean

    def decide(self, scores: NDArray[np.float64], space: Space) -> list[str]:
        return [f"{value:.6g}" for value in scores]

    def metric_values(
        self, truth: NDArray[Any], scores: NDArray[np.float64], weights: NDArray[np.float64]
    ) -> dict[str, NDArray[np.float64]]:
        return regression.values(truth, scores, weights)

    def model(self, source: Source, space: Space, options: LoadOptions) -> nn.Module:
        """The pretrained model with a head for a number. A head that was trained for this very target answers in the
        raw unit; it is brought to the standardised one, or training would have to unlearn its scale first."""
        model = super().model(source, space, options)
        before = source.config()
        if before.problem_type == self.problem_type and Space.of_config(before).names == space.names:
            own = self.settle(space, model)
            fold_scale(model, -own.mean / own.scale, 1.0 / own.scale)
        return model

    def settle(self, space: Space, model: nn.Module) -> Space:
        if final_linear(model, 1)[1].bias is not None:
            return space
        return replace(space, mean=0.0, scale=math.hypot(space.mean, space.scale) or 1.0)

    def fold(self, model: nn.Module, space: Space) -> Space:
        fold_scale(model, space.mean, space.scale)
        return replace(space, mean=0.0, scale=1.0)

    def step_targets(self, truth: NDArray[Any], space: Space) -> NDArray[Any]:
        return ((truth - space.mean) / space.scale).astype(np.float32)

    def prediction(self, label: str, scores: NDArray[np.float64], space: Space) -> Prediction:
        return Prediction(label, None, {}, float(scores))

    def in_words(self, truth: NDArray[np.float64], space: Space) -> list[str]:
        return [f"{float(value):.6g}" for value in truth]

    def wrongness(
        self, truth: NDArray[np.float64], answers: NDArray[np.float64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """The farthest from the truth is the worst."""
        error = np.abs(answers - truth)
        return error > 0, error
