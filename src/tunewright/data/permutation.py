"""A random order of very many rows that is never held in memory: each row's place is computed when it is asked for.

A balanced Feistel network over the smallest even number of bits that holds n, walked along its cycles until it falls
below n (Black & Rogaway 2002, "Ciphers with Arbitrary Finite Domains"). Six rounds of a 64-bit mixer (SplitMix64's
finaliser, Steele et al. 2014) are far more than an order of rows needs; nothing here is meant to keep a secret.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Permutation"]

_ROUNDS = 6
_GOLDEN = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def _mixed(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's finaliser: every bit of the output hangs on every bit of the input. uint64 wraps around."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: NDArray[np.uint64] = value ^ (value >> np.uint64(31))
    return mixed


@dataclass(frozen=True)
class Permutation:
    """A bijection of [0, count) onto itself that follows from seed and stream alone.

    Attributes:
        count: how many numbers, below 2**62.
        seed: start of the order.
        stream: which order of that seed: the epoch.
    """

    count: int
    seed: int
    stream: int = 0

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, where: slice) -> NDArray[np.int64]:
        """A stretch of the order, int64; costs time and memory for that stretch alone."""
        return self.at(np.arange(*where.indices(self.count), dtype=np.int64))

    def at(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """What stands at these places, each in [0, count); in the shape given.

        Raises:
            IndexError: a place is outside.
        """
        if len(places) and (places.min() < 0 or places.max() >= self.count):
            raise IndexError(f"places from {places.min()} to {places.max()} of {self.count}")
        values = self._once(places.astype(np.uint64))
        outside = np.flatnonzero(values >= self.count)
        while len(outside):  # less than three quarters of the domain can be outside, so the walk is short
            values[outside] = self._once(values[outside])
            outside = outside[values[outside] >= self.count]
        return values.astype(np.int64)

    def _once(self, values: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """The network over the whole domain of 4**half numbers."""
        half = np.uint64(self._half)
        mask = np.uint64((1 << self._half) - 1)
        left, right = values >> half, values & mask
        for key in self._keys():
            left, right = right, left ^ (_mixed(right + key) & mask)
        joined: NDArray[np.uint64] = (left << half) | right
        return joined

    @property
    def _half(self) -> int:
        """Bits of each half; at least 4, below which six rounds reach few of the possible orders."""
        return max(4, ((self.count - 1).bit_length() + 1) // 2)

    def _keys(self) -> list[np.uint64]:
        """One key a round."""
        start = _mixed(_mixed(np.array([self.seed & _MASK], np.uint64) + np.uint64(_GOLDEN)) ^ np.uint64(self.stream))
        steps = np.arange(1, _ROUNDS + 1, dtype=np.uint64) * np.uint64(_GOLDEN)
        return list(_mixed(start + steps))
