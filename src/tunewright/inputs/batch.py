"""A micro-batch: what a model is given, and what it should have said."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["Batch"]


@dataclass(frozen=True)
class Batch:
    """A micro-batch: the model's arguments and the loss's targets."""

    arguments: dict[str, Tensor]
    targets: Tensor

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        moved = {name: tensor.to(device, non_blocking=True) for name, tensor in self.arguments.items()}
        return Batch(moved, self.targets.to(device))
