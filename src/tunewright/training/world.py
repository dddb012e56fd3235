"""The processes that train together."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from tunewright.errors import Problem, ResourceError, UserError
from tunewright.training.notices import Notices

__all__ = ["World", "variable"]

_PATIENCE = timedelta(minutes=30)
_BUCKET = 8_000_000
"""Numbers in one message of gradients: 32 MB, so that no second copy of all gradients is needed."""


@dataclass(frozen=True)
class World:
    """This process among those of the job. One process alone communicates nothing."""

    rank: int = 0
    size: int = 1
    notices: Notices | None = field(default=None, compare=False, repr=False)
    """Where processes leave word for each other; None for one process alone."""

    @classmethod
    def join(cls) -> World:
        """The world that a launcher described in RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT (torchrun and its
        like); alone without one. Joining again is the same world. On GPUs, LOCAL_RANK picks this process's own.

        Raises:
            UserError: the launcher's variables are not whole, or there is no GPU left for this process.
            ResourceError: the other processes did not come.
        """
        if not dist.is_initialized():
            size = variable("WORLD_SIZE", 1)
            if size <= 1:
                return cls()
            _refuse_incomplete(size)
            cuda = torch.cuda.is_available()
            if cuda:
                torch.cuda.set_device(_own_gpu(variable("LOCAL_RANK", variable("RANK", 0))))
            try:
                # plain numbers travel from CPU to CPU, so that no GPU waits for them
                dist.init_process_group("cpu:gloo,cuda:nccl" if cuda else "gloo", timeout=_PATIENCE)
            except dist.DistError as error:
                raise ResourceError(
                    f"The {size} processes of this job did not find each other at {os.environ['MASTER_ADDR']}:"
                    f"{os.environ['MASTER_PORT']}: {error}\n  Look whether all were started and can reach that machine."
                ) from None
        rank, size = dist.get_rank(), dist.get_world_size()
        return cls(rank, size, Notices.at_launcher(rank, size))

    @property
    def leads(self) -> bool:
        """Whether this process writes files and talks to people."""
        return self.rank == 0

    def part(self) -> None:
        """Leave the world when all have come to this point; notes can still be left and read."""
        if self.size > 1 and dist.is_initialized():
            dist.barrier()
            dist.destroy_process_group()

    def together(self) -> None:
        """Go on when every process has come here."""
        if self.size > 1:
            self.sum_numbers(0.0)

    def sum_gradients(self, gradients: list[Tensor]) -> None:
        """Replace each gradient by its sum over all processes, in few messages."""
        if self.size == 1:
            return
        for bucket in _buckets(gradients):
            flat = torch.cat([gradient.reshape(-1) for gradient in bucket])
            dist.all_reduce(flat)
            start = 0
            for gradient in bucket:
                gradient.copy_(flat[start : start + gradient.numel()].view_as(gradient))
                start += gradient.numel()

    def sum_numbers(self, *numbers: float) -> list[float]:
        """Sums of plain numbers over all processes, in fp64."""
        return self._reduced(numbers, dist.ReduceOp.SUM)

    def largest(self, *numbers: float) -> list[float]:
        """The largest of each number over all processes, in fp64."""
        return self._reduced(numbers, dist.ReduceOp.MAX)

    def _reduced(self, numbers: tuple[float, ...], how: Any) -> list[float]:
        if self.size == 1:
            return list(numbers)
        together = torch.tensor(numbers, dtype=torch.float64)
        dist.all_reduce(together, op=how)
        return [float(value) for value in together.tolist()]

    def sum_tensor(self, tensor: Tensor) -> Tensor:
        """A tensor's sum over all processes, in place."""
        if self.size > 1:
            dist.all_reduce(tensor)
        return tensor

    def share(self, value: Any, source: int = 0) -> Any:
        """What one process has, for all of them: anything that JSON holds. The others' `value` is not looked at."""
        if self.size == 1:
            return value
        text = json.dumps(value).encode() if self.rank == source else b""
        length = torch.tensor([len(text)])
        dist.broadcast(length, source)
        letters = torch.frombuffer(bytearray(text), dtype=torch.uint8) if text else torch.empty(0, dtype=torch.uint8)
        letters = letters if self.rank == source else torch.empty(int(length), dtype=torch.uint8)
        dist.broadcast(letters, source)
        return json.loads(letters.numpy().tobytes())

    def gather(self, value: Any) -> list[Any]:
        """What every process has, by rank: anything that JSON holds."""
        return [self.share(value, source) for source in range(self.size)]

    def share_tensor(self, tensor: Tensor) -> None:
        """Overwrite a tensor with the leader's, in place."""
        if self.size > 1:
            dist.broadcast(tensor, 0)


def _buckets(gradients: list[Tensor]) -> list[list[Tensor]]:
    """Gradients of one type that travel in one message; the same cut on every process."""
    found: list[list[Tensor]] = []
    room = 0
    for gradient in gradients:
        if not found or gradient.numel() > room or gradient.dtype != found[-1][0].dtype:
            found.append([])
            room = _BUCKET
        found[-1].append(gradient)
        room -= gradient.numel()
    return found


def variable(name: str, default: int) -> int:
    """A whole number that a launcher set in the environment.

    Raises:
        UserError: it is no number.
    """
    given = os.environ.get(name, "")
    if not given:
        return default
    if not given.isdecimal():
        raise UserError(f"The environment variable {name} is {given!r}; a launcher sets it to a whole number.")
    return int(given)


def _refuse_incomplete(size: int) -> None:
    missing = [name for name in ("RANK", "MASTER_ADDR", "MASTER_PORT") if not os.environ.get(name)]
    if missing:
        raise UserError(
            f"WORLD_SIZE={size} says that {size} processes train together, and {', '.join(missing)} is not set.\n"
            "  Start them with: tunewright train RECIPE --processes N, or torchrun -m tunewright train RECIPE. "
            "To train in one process: unset WORLD_SIZE"
        )
    rank = variable("RANK", 0)
    if rank >= size:
        raise UserError(f"RANK is {rank} and WORLD_SIZE is {size}; ranks go from 0 to {size - 1}.")


def _own_gpu(local_rank: int) -> int:
    """The GPU of this process: that of its number on this machine, or the only one that the launcher lets it see."""
    count = torch.cuda.device_count()
    if (
        count == 1
        and os.environ.get("CUDA_VISIBLE_DEVICES", "").count(",") == 0
        and "CUDA_VISIBLE_DEVICES" in os.environ
    ):
        return 0
    if local_rank >= count:
        problem = Problem(
            "--processes",
            f"process {local_rank} of this machine has no GPU: there are {count}",
            f"Allowed: up to {count}. To train on the CPU: CUDA_VISIBLE_DEVICES= tunewright train ...",
        )
        raise UserError(f"Two processes cannot share a GPU.\n{problem}")
    return local_rank
