"""A micro-batch: what a model is given, and what it should have said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["Batch", "Draw"]


@dataclass(frozen=True, eq=False)
class Draw:
    """Where the random choices about a micro-batch come from: for each sample the same, however its step is cut.

    Attributes:
        seed: of the optimizer step, the same in every process and when the step is replayed.
        samples: int64 (batch,), the samples in the order of the batch.
    """

    seed: int
    samples: NDArray[np.int64]

    def generators(self) -> list[np.random.Generator]:
        """One for each sample."""
        return [np.random.Generator(np.random.Philox(key=[self.seed, int(sample)])) for sample in self.samples]


@dataclass(frozen=True)
class Batch:
    """A micro-batch: the model's arguments and the loss's targets; in training also what random choices come from.

    Attributes:
        written: tokens that are to be written, padding included, where targets are tokens.
        draw: what random choices come from, in training.
        size: patches or frames that the model computes, where no argument tells.
        shares: (samples,) how much each sample's loss counts; None where each counts 1.
        samples: int64 (samples,) which they are, in their order; None where it is the one that was asked for.
    """

    arguments: dict[str, Any]
    targets: Tensor
    written: int = 0
    draw: Draw | None = None
    size: int | None = None
    shares: Tensor | None = None
    samples: NDArray[np.int64] | None = None

    @property
    def tokens(self) -> int:
        """Tokens that the model computes, padding included."""
        if self.size is not None:
            return self.size
        ids = self.arguments.get("input_ids")
        read = ids.shape if ids is not None else self.arguments["inputs_embeds"].shape[:-1]
        return int(read.numel()) + self.written

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        moved = {name: tensor.to(device, non_blocking=True) for name, tensor in self.arguments.items()}
        shares = None if self.shares is None else self.shares.to(device)
        return replace(self, arguments=moved, targets=self.targets.to(device), shares=shares)
