"""The processes that train together."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor

__all__ = ["World"]


@dataclass(frozen=True)
class World:
    """This process among those of the job. One process alone communicates nothing."""

    rank: int = 0
    size: int = 1

    @classmethod
    def join(cls) -> World:
        """The world that a launcher described in RANK and WORLD_SIZE (torchrun and its like); alone without one."""
        size = int(os.environ.get("WORLD_SIZE", "1"))
        if size == 1:
            return cls()
        if not dist.is_initialized():
            dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
        return cls(dist.get_rank(), dist.get_world_size())

    @property
    def leads(self) -> bool:
        """Whether this process writes files and talks to people."""
        return self.rank == 0

    def sum_gradients(self, gradients: list[Tensor]) -> None:
        """Replace each gradient by its sum over all processes, in one message."""
        if self.size == 1 or not gradients:
            return
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
        dist.all_reduce(flat)
        start = 0
        for gradient in gradients:
            gradient.copy_(flat[start : start + gradient.numel()].view_as(gradient))
            start += gradient.numel()

    def sum_numbers(self, *numbers: float) -> list[float]:
        """Sums of plain numbers over all processes, in fp64."""
        if self.size == 1:
            return list(numbers)
        together = torch.tensor(numbers, dtype=torch.float64)
        if torch.cuda.is_available():
            together = together.cuda()
        dist.all_reduce(together)
        return [float(value) for value in together.tolist()]
