"""Softmax cross-entropy over the places of a text, for answers that are a stretch of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import torch
from torch import Tensor

from tunewright.losses.loss import Loss, LossSum, TargetKind

__all__ = ["SpanCrossEntropy"]


class SpanCrossEntropy(Loss):
    """The start and the end of an answer, each by a softmax over the places it may take, summed.

    Of several right answers any will do: the probability of all right starts together is raised, and that of all right
    ends (Clark & Gardner 2018, equation 1). With one right answer this is the loss of BERT (Devlin et al. 2019, section
    4.2), times two.
    """

    target_kinds: ClassVar[tuple[TargetKind, ...]] = ("span",)

    kind: Literal["span_cross_entropy"] = "span_cross_entropy"
    """Which loss this is."""

    def compute(self, logits: Tensor, targets: Tensor, names: Sequence[str], counts: Sequence[int]) -> LossSum:
        """Sum over samples.

        Args:
            logits: (samples, 2, places).
            targets: the same shape: 1 where the answer starts (or ends), 0 where it might, -1 where it cannot.
        """
        values = logits.float()
        possible = values.masked_fill(targets < 0, -torch.inf)
        right = values.masked_fill(targets < 1, -torch.inf)
        total = (possible.logsumexp(dim=-1) - right.logsumexp(dim=-1)).sum()
        return LossSum(total, float(targets.shape[0]))
