"""Direct preference optimisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor
from torch.nn import functional

from tunewright.losses.loss import Loss, LossSum, TargetKind

__all__ = ["DPO"]


class DPO(Loss):
    """Raises the answer that was chosen over the one that was rejected, measured from a reference model (Rafailov et
    al. 2023, eq. 7).

    The weight counts pairs. A model that equals its reference has a loss of log 2.
    """

    target_kinds: ClassVar[tuple[TargetKind, ...]] = ("preference",)

    kind: Literal["dpo"] = "dpo"
    """Which loss this is."""
    beta: float = Field(default=0.1, gt=0.0)
    """How closely the model is held to the reference: small values let it move far (Rafailov et al. 2023 use 0.1)."""
    label_smoothing: float = Field(default=0.0, ge=0.0, lt=0.5)
    """Share of pairs that are taken to be marked the wrong way round (Mitchell 2023)."""

    def compute(self, logits: Tensor, targets: Tensor, names: Sequence[str], counts: Sequence[int]) -> LossSum:
        """Log-probabilities of (chosen, rejected) by the model, and by the reference, (pairs, 2) each."""
        margin = self.beta * self.rewards(logits.float(), targets.float()).diff(dim=-1)[:, 0].neg()
        right, wrong = functional.logsigmoid(margin), functional.logsigmoid(-margin)
        total = -((1.0 - self.label_smoothing) * right + self.label_smoothing * wrong).sum()
        return LossSum(total, float(targets.shape[0]))

    @staticmethod
    def rewards(model: Tensor, reference: Tensor) -> Tensor:
        """By how much an answer has become likelier, before the factor beta: (pairs, 2)."""
        return model - reference
