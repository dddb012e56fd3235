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
    that are the same text, and those of rows with the same first text, are left out. Texts that rows name as wrong are
    further choices for every row of the step (Karpukhin et al. 2020), unless they are right ones of that row.
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
        """(sum, number of rows).

        Args:
            logits: (rows, texts * width): vectors of a row's first and second text, and of those it names as wrong.
            targets: int64 (rows, texts): a number for each, equal for equal texts; below 0 for one that is not there.
            names, counts: not looked at.
        """
        first, *others = logits.float().chunk(targets.shape[1], dim=1)
        same = (targets[:, None, :2] == targets[None, :, :2]).any(dim=-1)
        own = torch.arange(len(targets), device=targets.device)
        same[own, own] = False
        with torch.autocast(logits.device.type, enabled=False):  # cosines in bf16 would tie
            left_out = torch.cat([same, _not_wrong(targets)], dim=1)
            scores = (first @ torch.cat(others).T / self.temperature).masked_fill(left_out, float("-inf"))
        total = functional.cross_entropy(scores, own, reduction="sum")
        if self.symmetric:
            back = functional.cross_entropy(scores[:, : len(targets)].T, own, reduction="sum")
            total = (total + back) / 2
        return LossSum(total, float(len(targets)))


def _not_wrong(targets: Tensor) -> Tensor:
    """bool (rows, rows * wrong texts a row), in the order of their columns: texts that are not there, and for each row
    those that are its own first text, or a partner of it anywhere in the step."""
    first, second, wrong = targets[:, 0], targets[:, 1], targets[:, 2:].T.flatten()
    found = (first[:, None] == wrong[None, :]) | (wrong < 0)[None, :]
    both = torch.isin(wrong, second).nonzero().flatten()  # few: the product grows with the square of the rows
    alike = (first[:, None] == first[None, :]).float()
    found[:, both] |= alike @ (second[:, None] == wrong[None, both]).float() > 0
    return found
