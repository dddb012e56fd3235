"""Random draws that come out the same on every machine and with every version of numpy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

__all__ = ["Dice"]

T = TypeVar("T")


class Dice:
    """Draws from PCG64's raw stream.

    numpy keeps the raw stream of a bit generator fixed for ever, but not what `Generator` makes of it (NEP 19); the
    data set's bytes are promised by a hash, so the little that is needed is made from the raw stream here.
    """

    def __init__(self, seed: int) -> None:
        self._stream = np.random.PCG64(seed)

    def share(self) -> float:
        """A number in [0, 1)."""
        return (int(self._stream.random_raw()) >> 11) / (1 << 53)

    def index(self, size: int) -> int:
        """A whole number in [0, size)."""
        return int(self.share() * size)

    def hit(self, probability: float) -> bool:
        """True as often as `probability` says."""
        return self.share() < probability

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices, all equally likely."""
        return choices[self.index(len(choices))]

    def weighted(self, choices: Sequence[T], weights: Sequence[float]) -> T:
        """One of the choices, each as likely as its weight."""
        point = self.share() * sum(weights)
        for choice, weight in zip(choices, weights, strict=True):
            point -= weight
            if point < 0:
                return choice
        return choices[-1]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """A copy in random order (Fisher and Yates)."""
        left = list(items)
        for end in range(len(left) - 1, 0, -1):
            other = self.index(end + 1)
            left[end], left[other] = left[other], left[end]
        return left
