"""The order of likenesses, over all pairs of rows of a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from tunewright.losses.loss import Loss, LossSum, TargetKind

__all__ = ["CoSENT"]


class CoSENT(Loss):
    """Of any two rows of the step, the one with the higher label shall have the higher cosine (CoSENT, Su 2022).

    log(1 + sum of exp(scale * (cosine of the lower - cosine of the higher))) over all such pairs of rows. Only the
    order of labels counts, not by how much they differ, so cosines are left without a unit: a straight line, fitted
    after training, gives them that of the label. The larger `batch_size`, the more pairs a step compares.

    A step has one such logarithm, whose gradient is the step's. As a sum it counts once for each row of the step, with
    the number of rows as its weight, so that dividing gives it back, and a mean over steps weighs them by their rows.
    """

    target_kinds: ClassVar[tuple[TargetKind, ...]] = ("cosine",)
    across: ClassVar[bool] = True
    ordinal: ClassVar[bool] = True

    kind: Literal["cosent"] = "cosent"
    """Which loss this is."""
    scale: float = Field(default=20.0, gt=0.0, le=100.0)
    """What differences of cosines are multiplied by: the larger, the more the worst pairs count (20: Su 2022)."""

    def compute(self, logits: Tensor, targets: Tensor, names: Sequence[str], counts: Sequence[int]) -> LossSum:
        cosines, labels = logits.float().squeeze(-1), targets.to(torch.float32)
        higher = labels[:, None] > labels[None, :]
        worse = self.scale * (cosines[None, :] - cosines[:, None])[higher]
        loss = torch.logsumexp(torch.cat([worse, worse.new_zeros(1)]), dim=0)
        return LossSum(loss * len(labels), float(len(labels)))
