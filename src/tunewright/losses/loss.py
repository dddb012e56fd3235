"""The contract of a loss.

A loss returns (sum, weight), so that the step can divide by the weight of the whole optimizer step, over all
micro-batches and processes. A mean taken in a micro-batch cannot be put together again: with 4 micro-batches of unequal
size the mean of means is another number, and its gradient another gradient.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal, NamedTuple

from torch import Tensor

from tunewright.recipe import Part

__all__ = ["Loss", "LossSum", "TargetKind"]

TargetKind = Literal["label", "labels", "number", "cosine", "pair", "token", "span", "preference"]


class LossSum(NamedTuple):
    """Sum of the losses of `weight` samples (or label tokens, or pairs)."""

    sum: Tensor
    weight: float


class Loss(Part):
    """A loss over the outputs of a batch."""

    target_kinds: ClassVar[tuple[TargetKind, ...]]
    """Targets it can be used with."""
    across: ClassVar[bool] = False
    """Whether the loss of a sample looks at the other samples of its step, so that it cannot be cut."""
    ordinal: ClassVar[bool] = False
    """Whether it looks at the order of outputs alone, so that what they learn has no unit."""

    @abstractmethod
    def compute(self, logits: Tensor, targets: Tensor, names: Sequence[str], counts: Sequence[int]) -> LossSum:
        """Sum over the batch.

        Args:
            logits: (batch, outputs), any float type; computed in fp32.
            targets: (batch,) int64 class indices, (batch, outputs) 0/1, or (batch,) float; for spans see their loss.
            names: label of each output.
            counts: training rows of each label.
        """

    def ready(self, names: Sequence[str], counts: Sequence[int]) -> None:
        """Look at the labels before anything is trained.

        Raises:
            RecipeError: the loss names a label that does not exist.
        """
