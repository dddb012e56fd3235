"""Bootstrap over rows: how far a figure could move if the rows had been drawn again.

Efron & Tibshirani (1993), An Introduction to the Bootstrap, ch. 6 (the draws) and 13 (percentile intervals). Rows
count as independent: where several rows belong to one customer or one document, true intervals are wider.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

__all__ = ["difference", "draws", "interval", "resampled"]

_BLOCK = 2**25
"""Counts held at a time: 64 MiB."""


def draws(n: int, resamples: int, seed: int) -> np.ndarray:
    """How often each of n rows is drawn when n rows are drawn with replacement: (resamples, n) counts.

    The same arguments give the same draws, so that two models measured with them are compared on the same rows.
    """
    return np.concatenate(list(_blocks(n, resamples, seed)))


def resampled(
    values: Callable[[np.ndarray], dict[str, np.ndarray]], n: int, resamples: int, seed: int
) -> dict[str, np.ndarray]:
    """The values on all draws, in blocks that bound the memory that the draws take.

    Args:
        values: from weights (r, n) to values (r, ...) by name.
    """
    parts = [values(block) for block in _blocks(n, resamples, seed)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Percentile interval of resampled values, those left out that are undefined (nan); nan twice when all are."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return float("nan"), float("nan")
    outside = (1.0 - level) / 2.0
    low, high = np.quantile(finite, [outside, 1.0 - outside])
    return float(low), float(high)


def difference(ours: np.ndarray, theirs: np.ndarray, *, higher_is_better: bool) -> np.ndarray:
    """Ours minus theirs on the same draws, the sign turned for errors: positive means that ours is better.

    Its `interval` is narrower than two intervals side by side suggest, because both models meet the same hard rows.
    """
    gain: np.ndarray = ours - theirs if higher_is_better else theirs - ours
    return gain


def _blocks(n: int, resamples: int, seed: int) -> Iterator[np.ndarray]:
    if n < 1 or resamples < 1:
        raise ValueError(f"a bootstrap needs one row and one resample at least, not {n} and {resamples}.")
    generator = np.random.default_rng(seed)
    width = max(1, _BLOCK // n)
    for start in range(0, resamples, width):
        # 16 bits always hold a count: n below 65,536 bounds it, and above, a count that large has no chance at all.
        block = np.empty((min(width, resamples - start), n), dtype=np.uint16)
        for row in block:
            row[:] = np.bincount(generator.integers(n, size=n), minlength=n)
        yield block
