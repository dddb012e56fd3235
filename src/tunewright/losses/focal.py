"""Focal loss, for classes of very unequal frequency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from tunewright.losses.class_weights import ClassWeights, class_weights
from tunewright.losses.loss import Loss, LossSum, TargetKind

__all__ = ["Focal"]


class Focal(Loss):
    """Cross-entropy that fades on rows the model already gets right (Lin et al. 2017).

    -(1 - p)^gamma log p on one label; on several labels the same on each output's sigmoid. `gamma: 0` is cross-entropy.
    Probabilities come out less extreme than those of cross-entropy: look at the calibration before using them.
    """

    target_kinds: ClassVar[tuple[TargetKind, ...]] = ("label", "labels")

    kind: Literal["focal"] = "focal"
    """Which loss this is."""
    gamma: float = Field(default=2.0, ge=0.0, le=10.0)
    """How fast a well classified row loses weight; 2 is the paper's choice."""
    class_weights: ClassWeights = None
    """Factor of each class's loss (the paper's alpha): `balanced`, or a mapping of labels to factors."""

    def compute(self, logits: Tensor, targets: Tensor, names: Sequence[str], counts: Sequence[int]) -> LossSum:
        weights = class_weights(self.class_weights, names, counts)
        if weights is not None:
            weights = weights.to(logits.device)
        if targets.ndim == 1:
            log_p = functional.log_softmax(logits.float(), dim=-1).gather(1, targets[:, None]).squeeze(1)
            losses = -self._faded(log_p) * log_p
            if weights is not None:
                losses = losses * weights[targets]
        else:
            signed = torch.where(targets > 0.5, logits.float(), -logits.float())
            log_p = functional.logsigmoid(signed)
            losses = -self._faded(log_p) * log_p
            if weights is not None:
                losses = losses * torch.where(targets > 0.5, weights, torch.ones_like(weights))
        return LossSum(losses.sum(), float(targets.shape[0]))

    def _faded(self, log_p: Tensor) -> Tensor:
        # -expm1 keeps 1 - p exact for p near 1; the floor keeps the power's gradient finite where 1 - p is 0
        return (-torch.expm1(log_p)).clamp_min(1e-12).pow(self.gamma)

    def ready(self, names: Sequence[str], counts: Sequence[int]) -> None:
        class_weights(self.class_weights, names, counts)
