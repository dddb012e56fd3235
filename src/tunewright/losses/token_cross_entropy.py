"""Cross-entropy of tokens out of a vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from torch import Tensor
from torch.nn import functional

from tunewright.losses.loss import Loss, LossSum, TargetKind

__all__ = ["TokenCrossEntropy"]


class TokenCrossEntropy(Loss):
    """The negative log-likelihood of tokens: what language models are pretrained with, and what perplexity is made of.

    The sum is over the tokens that are learned, and the weight counts them: a long row weighs more than a short one,
    and how a step is cut changes nothing.
    """

    target_kinds: ClassVar[tuple[TargetKind, ...]] = ("token",)

    kind: Literal["token_cross_entropy"] = "token_cross_entropy"
    """Which loss this is."""

    def compute(self, logits: Tensor, targets: Tensor, names: Sequence[str], counts: Sequence[int]) -> LossSum:
        return LossSum(functional.cross_entropy(logits.float(), targets, reduction="sum"), float(targets.shape[0]))
