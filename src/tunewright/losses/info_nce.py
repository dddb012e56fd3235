"""The right partner among those of all other rows of the step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from tunewright.losses.loss import Loss, LossSum, TargetKind

__all__ = ["InfoNCE"]


class InfoNCE(Loss):
    """Cross-entropy of each text's own partner among the partners of all rows of the step, by cosine (van den Oord et
    al. 2018; Henderson et al. 2017, in-batch negatives).

    The larger `batch_size`, the harder the choice. What says the same as the right answer is no wrong one: partners
    that are the same text, and those of rows with the same first text, are left out.
    """

    target_kinds: ClassVar[tuple[TargetKind, ...]] = ("pair",)
    across: ClassVar[bool] = True

    kind: Literal["info_nce"] = "info_nce"
    """Which loss this is."""
    temperature: float = Field(default=0.05, gt=0.0, le=1.0)
    """What cosines are divided by: the smaller, the more the nearest wrong partners count (0.05: Gao et al. 2021)."""
    symmetric: bool = False
    """Whether each partner also chooses its first text among all, both directions counting half (Radford et al.
    2021)."""

    def compute(self, logits: Tensor, targets: Tensor, names: Sequence[str], counts: Sequence[int]) -> LossSum:
        first, second = logits.float().chunk(2, dim=1)
        same = (targets[:, None, :] == targets[None, :, :]).any(dim=-1)
        own = torch.arange(len(targets), device=targets.device)
        same[own, own] = False
        with torch.autocast(logits.device.type, enabled=False):  # cosines in bf16 would tie
            scores = (first @ second.T / self.temperature).masked_fill(same, float("-inf"))
        total = functional.cross_entropy(scores, own, reduction="sum")
        if self.symmetric:
            total = (total + functional.cross_entropy(scores.T, own, reduction="sum")) / 2
        return LossSum(total, float(len(targets)))
