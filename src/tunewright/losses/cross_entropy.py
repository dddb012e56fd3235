"""Softmax cross-entropy, for one label out of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor
from torch.nn import functional

from tunewright.losses.class_weights import ClassWeights, class_weights
from tunewright.losses.loss import Loss, LossSum, TargetKind

__all__ = ["CrossEntropy"]


class CrossEntropy(Loss):
    """Softmax cross-entropy, with label smoothing and class weights.

    Prefer `focal` when easy rows of frequent classes drown the rest.
    """

    target_kinds: ClassVar[tuple[TargetKind, ...]] = ("label",)

    kind: Literal["cross_entropy"] = "cross_entropy"
    """Which loss this is."""
    label_smoothing: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Share of the target spread over all classes (Szegedy et al. 2016); calms overconfidence and label noise."""
    class_weights: ClassWeights = None
    """Factor of each class's loss: `balanced`, or a mapping of labels to factors; null weighs all alike."""

    def compute(self, logits: Tensor, targets: Tensor, names: Sequence[str], counts: Sequence[int]) -> LossSum:
        weights = class_weights(self.class_weights, names, counts)
        total = functional.cross_entropy(
            logits.float(),
            targets,
            weight=None if weights is None else weights.to(logits.device),
            label_smoothing=self.label_smoothing,
            reduction="sum",
        )
        return LossSum(total, float(targets.shape[0]))

    def ready(self, names: Sequence[str], counts: Sequence[int]) -> None:
        class_weights(self.class_weights, names, counts)
