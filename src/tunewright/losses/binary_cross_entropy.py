"""Sigmoid cross-entropy, for any number of labels at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn import functional

from tunewright.losses.class_weights import ClassWeights, class_weights
from tunewright.losses.loss import Loss, LossSum, TargetKind

__all__ = ["BinaryCrossEntropy"]


class BinaryCrossEntropy(Loss):
    """Sigmoid cross-entropy of each label, summed over labels.

    The weight is the number of rows, so that a label set twice as large does not halve the pull of each label.
    """

    target_kinds: ClassVar[tuple[TargetKind, ...]] = ("labels",)

    kind: Literal["binary_cross_entropy"] = "binary_cross_entropy"
    """Which loss this is."""
    class_weights: ClassWeights = None
    """Factor of each label's positive rows: `balanced`, or a mapping of labels to factors."""

    def compute(self, logits: Tensor, targets: Tensor, names: Sequence[str], counts: Sequence[int]) -> LossSum:
        weights = class_weights(self.class_weights, names, counts)
        total = functional.binary_cross_entropy_with_logits(
            logits.float(),
            targets.to(torch.float32),
            pos_weight=None if weights is None else weights.to(logits.device),
            reduction="sum",
        )
        return LossSum(total, float(targets.shape[0]))

    def ready(self, names: Sequence[str], counts: Sequence[int]) -> None:
        class_weights(self.class_weights, names, counts)
