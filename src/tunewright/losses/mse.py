"""Mean squared error, for numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import torch
from torch import Tensor

from tunewright.losses.loss import Loss, LossSum, TargetKind

__all__ = ["MeanSquaredError"]


class MeanSquaredError(Loss):
    """Squared difference to the target, in units of the training targets' standard deviation."""

    target_kinds: ClassVar[tuple[TargetKind, ...]] = ("number", "cosine")

    kind: Literal["mse"] = "mse"
    """Which loss this is."""

    def compute(self, logits: Tensor, targets: Tensor, names: Sequence[str], counts: Sequence[int]) -> LossSum:
        difference = logits.float().squeeze(-1) - targets.to(torch.float32)
        return LossSum(difference.square().sum(), float(targets.shape[0]))
