"""A micro-batch: what a model is given, and what it should have said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

__all__ = ["Batch"]


@dataclass(frozen=True)
class Batch:
    """A micro-batch: the model's arguments and the loss's targets."""

    arguments: dict[str, Any]
    targets: Tensor
    size: int | None = None
    """Patches or frames that the model computes, where no argument tells."""

    @property
    def tokens(self) -> int:
        """Tokens that the model computes, padding included."""
        if self.size is not None:
            return self.size
        ids = self.arguments.get("input_ids")
        return int(ids.numel()) if ids is not None else int(self.arguments["inputs_embeds"].shape[:-1].numel())

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        moved = {name: tensor.to(device, non_blocking=True) for name, tensor in self.arguments.items()}
        return Batch(moved, self.targets.to(device), self.size)
