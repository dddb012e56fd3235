"""Micro-batches computed at the same time by threads of one process.

Two threads that share each small product wait for one another hundreds of times a step. Two threads that each compute
micro-batches of their own wait once. A lane is a copy of the model that shares all weights and has gradients, dropout
and random numbers of its own, so the sum over lanes is the same in every run.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from tunewright.models.masks import MaskSource, own_dropout
from tunewright.models.rows_in_use import dense_gradients

__all__ = ["Lane", "Lanes", "lane_count", "open_lanes"]

Item = TypeVar("Item")
Result = TypeVar("Result")

_TOKENS_A_LANE = 256
"""Below so many tokens the copies' own costs (a cast of all weights, a gradient of each) outweigh what they save."""
_LARGEST_GRADIENT = 1 << 30
"""Bytes of further gradients that are spent on lanes."""
_UNEVEN = 1.3
"""How much more than an even share a lane's stretch of tensors may be."""


@dataclass(frozen=True, eq=False)
class Lane:
    """A model to compute with, and where its dropout comes from."""

    model: nn.Module
    masks: MaskSource


class Lanes:
    """The lanes of a process. The first holds the model itself."""

    def __init__(self, lanes: Sequence[Lane], pool: ThreadPoolExecutor | None) -> None:
        self.lanes, self._pool = list(lanes), pool
        # not of one lane: slices replace its parameters later, and a list would keep the whole ones
        self._learning = [_learning(lane) for lane in lanes] if pool is not None else []

    def __len__(self) -> int:
        return len(self.lanes)

    def map(self, compute: Callable[[Lane, Item], Result], items: Sequence[Item]) -> list[Result]:
        """One item a lane, at the same time; an error of any is raised when all have stopped."""
        if self._pool is None:
            return [compute(self.lanes[0], item) for item in items]
        first = self.lanes[0].model
        for lane in self.lanes[1:]:
            for ours, theirs in zip(first.modules(), lane.model.modules(), strict=True):
                if theirs.training != ours.training:
                    theirs.training = ours.training
        return self._at_once(compute, list(zip(self.lanes, items, strict=True)))

    def share(self, compute: Callable[[slice], Result], tensors: Sequence[Tensor]) -> list[Result]:
        """Work on a list of tensors, stretches of like size at the same time.

        The threads of lanes share it without waiting for each other between two tensors; where there is one lane, or
        one tensor outweighs the others, all of it is one stretch, and torch's own threads share each tensor.

        Returns:
            The answer for each stretch, in the list's order.
        """
        sizes = np.array([tensor.numel() for tensor in tensors], dtype=np.int64)
        whole = int(sizes.sum())
        middles = np.cumsum(sizes) - sizes / 2  # a tensor goes where more than half of it belongs
        cuts = np.searchsorted(middles, whole * np.arange(1, len(self)) / len(self)).tolist()
        bounds = zip([0, *cuts], [*cuts, len(tensors)], strict=True)
        stretches = [slice(begin, end) for begin, end in bounds if begin < end]
        heaviest = max((int(sizes[part].sum()) for part in stretches), default=0)
        if self._pool is None or heaviest * len(self) > _UNEVEN * whole:
            stretches = [slice(0, len(tensors))] if tensors else []
            return [compute(part) for part in stretches]
        return self._at_once(compute, [(part,) for part in stretches])

    def _at_once(self, compute: Callable[..., Result], arguments: Sequence[tuple[Any, ...]]) -> list[Result]:
        assert self._pool is not None
        futures = [self._pool.submit(compute, *given) for given in arguments]
        wait(futures)
        return [future.result() for future in futures]

    def gather_gradients(self) -> None:
        """Add every lane's gradients to those of the model, lane after lane, and clear theirs; all are dense then."""
        if self._pool is None:
            dense_gradients(self.lanes[0].model.parameters())
            return
        self._at_once(dense_gradients, [(learning,) for learning in self._learning])
        for learning in self._learning[1:]:
            ours: list[Tensor] = []
            theirs: list[Tensor] = []
            for parameter, other in zip(self._learning[0], learning, strict=True):
                if other.grad is None:
                    continue
                if parameter.grad is None:
                    parameter.grad = other.grad
                else:
                    ours.append(parameter.grad)
                    theirs.append(other.grad)
                other.grad = None
            self._add(ours, theirs)

    def _add(self, ours: list[Tensor], theirs: list[Tensor]) -> None:
        self.share(lambda part: torch._foreach_add_(ours[part], theirs[part]), ours)

    def clear_gradients(self) -> None:
        """Forget what an abandoned step left in the lanes."""
        for learning in self._learning[1:]:
            for parameter in learning:
                parameter.grad = None

    def close_all_but_one(self) -> None:
        """Go on with the model alone."""
        if self._pool is not None:
            self._pool.shutdown()
        self.lanes, self._learning, self._pool = self.lanes[:1], [], None


def _learning(lane: Lane) -> list[nn.Parameter]:
    return [parameter for parameter in lane.model.parameters() if parameter.requires_grad]


def lane_count(model: nn.Module, device: torch.device, threads: int, tokens_a_step: float) -> int:
    """Lanes that pay: no more than threads, and none where a step is too small, the gradients too large, or the device
    no CPU."""
    gradients = 4 * sum(p.numel() for p in model.parameters() if p.requires_grad)
    if device.type != "cpu" or gradients == 0:
        return 1
    return max(1, min(threads, int(tokens_a_step // _TOKENS_A_LANE), 1 + _LARGEST_GRADIENT // gradients))


@contextmanager
def open_lanes(model: nn.Module, count: int, device: torch.device) -> Iterator[Lanes]:
    """Lanes for a while. On a CPU the dropout of each is its own; elsewhere there is one lane and torch's dropout."""
    threads = torch.get_num_threads()
    with ExitStack() as stack:
        models = [model, *(_twin(model) for _ in range(count - 1))]
        lanes = [Lane(member, MaskSource()) for member in models]
        if device.type == "cpu":
            for lane in lanes:
                stack.enter_context(own_dropout(lane.model, lane.masks))
        pool = None
        if count > 1:
            share = max(1, threads // count)
            pool = ThreadPoolExecutor(count, "lane", initializer=torch.set_num_threads, initargs=(share,))
            stack.callback(torch.set_num_threads, threads)  # what threads made later begin with
            stack.callback(pool.shutdown)
        yield Lanes(lanes, pool)


def _twin(model: nn.Module) -> nn.Module:
    """A copy of the modules over the same weights and buffers."""
    shared: dict[int, object] = {id(p): nn.Parameter(p.detach(), p.requires_grad) for p in model.parameters()}
    shared |= {id(buffer): buffer for buffer in model.buffers()}
    return copy.deepcopy(model, shared)
