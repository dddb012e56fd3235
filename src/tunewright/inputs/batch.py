"""A micro-batch: what a model is given, and what it should have said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

__all__ = ["Batch"]


@dataclass(frozen=True)
class Batch:
    """A micro-batch: the model's arguments and the loss's targets.

    Attributes:
        shares: (samples,) how much each sample's loss counts; None where each counts 1.
    """

    arguments: dict[str, Any]
    targets: Tensor
    shares: Tensor | None = None

    @property
    def tokens(self) -> int:
        """Tokens that the model computes, padding included."""
        ids = self.arguments.get("input_ids")
        return int(ids.numel()) if ids is not None else int(self.arguments["inputs_embeds"].shape[:-1].numel())

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        moved = {name: tensor.to(device, non_blocking=True) for name, tensor in self.arguments.items()}
        return Batch(moved, self.targets.to(device), None if self.shares is None else self.shares.to(device))
