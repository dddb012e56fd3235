"""The contract of a task."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator
from pydantic_core import PydanticCustomError
from torch import Tensor, nn

from tunewright.data.table import Cell
from tunewright.inputs import Batch
from tunewright.losses import Loss, LossSum
from tunewright.losses.loss import TargetKind
from tunewright.metrics import MetricInfo
from tunewright.models.head import ProblemType, bare_with_head, load_with_head
from tunewright.models.source import Source
from tunewright.recipe import Part, catalog
from tunewright.tasks.space import Space

__all__ = ["Task"]


class Task(Part):
    """What a model learns to put out."""

    target_kind: ClassVar[TargetKind]
    problem_type: ClassVar[ProblemType]
    primary: ClassVar[str]
    """The metric a verdict is about, and that chooses the best model."""
    metric_info: ClassVar[Mapping[str, MetricInfo]]

    loss: Part

    @model_validator(mode="after")
    def _loss_fits(self) -> Self:
        if not isinstance(self.loss, Loss) or self.target_kind not in self.loss.target_kinds:
            allowed = self._fitting_losses()
            raise PydanticCustomError(
                "part_misfit",
                "has the loss {loss}, which cannot learn the targets of {task}",
                {"loss": self.loss.kind, "task": self.kind, "allowed": allowed, "hint": f"Losses that can: {allowed}."},
            )
        return self

    def _fitting_losses(self) -> str:
        losses = {kind: catalog.load("loss", kind) for kind in catalog.kinds("loss")}
        return ", ".join(k for k, c in losses.items() if issubclass(c, Loss) and self.target_kind in c.target_kinds)

    @abstractmethod
    def space(self, cells: Sequence[Cell], name: str) -> Space:
        """Learn the space from the training rows' target column `name`."""

    @abstractmethod
    def encode(self, cells: Sequence[Cell], space: Space) -> NDArray[Any]:
        """Targets in the space, in the form that the metrics take: (rows,) class indices, (rows, labels) 0/1, or raw
        numbers."""

    @abstractmethod
    def scores(self, logits: NDArray[np.float32], space: Space) -> NDArray[np.float64]:
        """Probabilities (rows, outputs), or raw numbers (rows,)."""

    @abstractmethod
    def decide(self, scores: NDArray[np.float64], space: Space) -> list[str]:
        """The predicted label(s) or number of each row, as text."""

    @abstractmethod
    def metric_values(
        self, truth: NDArray[Any], scores: NDArray[np.float64], weights: NDArray[np.float64]
    ) -> dict[str, NDArray[np.float64]]:
        """Every metric of the task under each of r weightings (r, rows) of the rows."""

    def model(
        self,
        source: Source,
        space: Space,
        *,
        pad_token_id: int,
        seed: int,
        dropout: float | None = None,
        attention_dropout: float | None = None,
    ) -> nn.Module:
        """The pretrained model with a head for this space."""
        return load_with_head(
            source,
            space.names,
            self.problem_type,
            pad_token_id=pad_token_id,
            seed=seed,
            dropout=dropout,
            attention_dropout=attention_dropout,
        )

    def bare_model(self, config: Any, space: Space) -> nn.Module:
        """The same architecture without pretrained weights, on the current default device: for counting."""
        return bare_with_head(config, len(space.names))

    def settle(self, space: Space, model: nn.Module) -> Space:
        """The space as this model can carry it; called once, before training."""
        return space

    def fold(self, model: nn.Module, space: Space) -> Space:
        """Move what the space still does to outputs into the model's weights, and give the space that is left."""
        return space

    def step_targets(self, truth: NDArray[Any], space: Space) -> NDArray[Any]:
        """Targets as the loss takes them; standardised for numbers."""
        return truth

    def loss_of(self, model: nn.Module, batch: Batch, space: Space) -> LossSum:
        """(sum, weight) of a micro-batch, the model's calls included; the weight counts samples."""
        return self.compute_loss(model(**batch.arguments).logits, batch.targets, space)

    def compute_loss(self, logits: Tensor, targets: Tensor, space: Space) -> LossSum:
        """(sum, weight) of a batch; the one place where outputs meet targets."""
        assert isinstance(self.loss, Loss)
        return self.loss.compute(logits, targets, space.names, space.counts)
