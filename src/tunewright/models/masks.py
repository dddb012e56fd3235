"""Dropout masks from a generator of one's own.

torch draws a mask from the process's one generator, a number for each value: 5 to 10% of a small model's step on a CPU,
and in an order that two threads would settle anew each time. Here 16 random bits decide about a value, and whoever
computes a micro-batch brings the generator.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

__all__ = ["MaskSource", "own_dropout", "repeated_masks"]

_LEVELS = 1 << 16
_HERE = threading.local()
"""The source that this thread seeded last, which is the one it computes with."""
_A_DRAW = 4
"""Values that one draw of 64 bits decides about."""


class MaskSource:
    """Masks that follow from the last seed."""

    def __init__(self) -> None:
        self.seed(0)

    def seed(self, *entropy: int) -> None:
        """Begin again; each tuple of integers from 0 on gives a stream of its own."""
        self._bits = np.random.SFC64(np.random.SeedSequence(entropy))
        _HERE.source = self

    def mask(self, like: Tensor, rate: float) -> Tensor:
        """A tensor of shape and type of `like`: 0 with a probability of `rate`, elsewhere what keeps the mean.

        The rate is met to 1/65536, and the factor is that of the rate met.
        """
        dropped = round(rate * _LEVELS)
        if dropped == _LEVELS:
            return torch.zeros_like(like)
        count = like.numel()
        bits = np.asarray(self._bits.random_raw(-(-count // _A_DRAW))).view(np.int16)[:count]
        kept = torch.from_numpy(bits).view(like.shape) >= dropped - _LEVELS // 2
        return kept.to(like.dtype).mul_(_LEVELS / (_LEVELS - dropped))

    @contextmanager
    def back_at(self, state: Any) -> Iterator[None]:
        """Inside, the masks drawn from a `state` on once more; afterwards as if nothing had been drawn."""
        now = self.state
        self._bits.state = state
        try:
            yield
        finally:
            self._bits.state = now

    @property
    def state(self) -> Any:
        """Where the stream stands."""
        return self._bits.state


def repeated_masks() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
    """Contexts for a forward and for its repetition in the backward, which draws the masks of the first.

    It is the `context_fn` of torch.utils.checkpoint, which by itself repeats torch's own draws alone.
    """
    source: MaskSource | None = getattr(_HERE, "source", None)
    return nullcontext(), nullcontext() if source is None else source.back_at(source.state)


@contextmanager
def own_dropout(model: nn.Module, source: MaskSource) -> Iterator[None]:
    """Inside, the model's dropout layers draw from `source`; functions that a model calls by itself do not."""
    layers = [module for module in model.modules() if type(module) is nn.Dropout and not module.inplace]
    for layer in layers:
        layer.__dict__["forward"] = partial(_drop, layer, source)
    try:
        yield
    finally:
        for layer in layers:
            del layer.__dict__["forward"]


def _drop(layer: nn.Dropout, source: MaskSource, input: Tensor) -> Tensor:
    if not layer.training or layer.p == 0.0:
        return input
    return input * source.mask(input, layer.p)
