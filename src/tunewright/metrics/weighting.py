"""Sums over re-weighted rows: the one operation that every metric here is made of.

A metric is asked for r re-weightings of the same n rows. Rows are tied to groups (labels, bins, ranks) by a sparse
matrix, so that a sum for all groups and all re-weightings is one sparse product, of cost n x r whatever the number of
groups.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from scipy import sparse

__all__ = ["Measure", "checked", "grouping", "in_blocks", "joined", "varies", "weighted_mean"]

Measure = Callable[[np.ndarray], dict[str, np.ndarray]]
"""From weights (n, b) to values (..., b) by name."""

_BLOCK = 2**22
"""Weights held in float64 at a time: 32 MiB, and a few temporaries of that size."""


def checked(weights: np.ndarray, rows: int) -> np.ndarray:
    """The weights as an array, if they can weigh `rows` rows.

    Raises:
        ValueError: not of shape (r, rows), negative, not finite, or all zero in some re-weighting.
    """
    weights = np.asarray(weights)
    if rows == 0:
        raise ValueError("There are no rows: nothing can be measured on none.")
    if weights.ndim != 2 or weights.shape[1] != rows or not len(weights):
        raise ValueError(f"weights have the shape {weights.shape}; {rows} rows need (1 or more, {rows}).")
    totals = weights.sum(axis=1, dtype=np.float64)
    if not np.isfinite(totals).all() or weights.min() < 0:
        raise ValueError("weights must be finite and 0 or more: a negative weight has no meaning as a count of rows.")
    if (totals <= 0).any():
        raise ValueError("a re-weighting has only zeros: it leaves no row to measure.")
    return weights


def in_blocks(weights: np.ndarray, measure: Measure) -> dict[str, np.ndarray]:
    """Values of all re-weightings, computed so many at a time that memory stays bounded.

    Args:
        weights: (r, n), checked.
        measure: from weights (n, b) to values (..., b).

    Returns:
        values (..., r) by name.
    """
    parts = [measure(block) for block in _blocks(weights)]
    return {name: np.concatenate([part[name] for part in parts], axis=-1) for name in parts[0]}


def _blocks(weights: np.ndarray) -> Iterator[np.ndarray]:
    resamples, rows = weights.shape
    width = max(1, _BLOCK // rows)
    for start in range(0, resamples, width):
        yield np.ascontiguousarray(weights[start : start + width].T, dtype=np.float64)


def joined(*measures: Measure) -> Measure:
    """One measure that gives the values of all."""

    def measure(block: np.ndarray) -> dict[str, np.ndarray]:
        return {name: value for part in measures for name, value in part(block).items()}

    return measure


def grouping(group: np.ndarray, groups: int, values: np.ndarray | None = None) -> sparse.csr_array:
    """Matrix (groups, n) whose product with weights (n, b) sums them within each group.

    Args:
        group: (n,) index of each row's group.
        groups: how many there are.
        values: (n,) what each row adds, times its weight; None adds the weight itself.
    """
    rows = len(group)
    data = np.ones(rows) if values is None else np.asarray(values, dtype=np.float64)
    return sparse.csr_array((data, (group, np.arange(rows))), shape=(groups, rows))


def weighted_mean(values: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Mean of values (n,) or (n, b) under each column of the weights (n, b)."""
    sums: np.ndarray = values.astype(np.float64) @ block if values.ndim == 1 else np.einsum("nb,nb->b", values, block)
    mean: np.ndarray = sums / block.sum(axis=0)
    return mean


def varies(values: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Whether each re-weighting (b,) holds two different values (n,) at least among rows that weigh something.

    Asked exactly, from the values: a variance computed from constant values is rarely exactly 0.
    """
    weighs = block > 0
    column = values[:, None]
    lowest: np.ndarray = np.where(weighs, column, np.inf).min(axis=0)
    highest: np.ndarray = np.where(weighs, column, -np.inf).max(axis=0)
    various: np.ndarray = highest > lowest
    return various
