"""Wrong partners that look right: found among the second texts of other rows, by the vectors of a model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tunewright.tasks.partners import Partners

__all__ = ["Mined", "nearest_wrong"]

_BLOCK = 1 << 22
"""Scores held at a time."""


@dataclass(frozen=True, eq=False)
class Mined:
    """What was found for each row.

    Attributes:
        picks: int64 (rows, most), places among `Partners.candidates`, nearest first; -1 where fewer were found.
        passed_over: int64 (rows,) texts that are no known partner and were too near to be called wrong.
    """

    picks: NDArray[np.int64]
    passed_over: NDArray[np.int64]


def nearest_wrong(partners: Partners, most: int, margin: float) -> Mined:
    """The nearest second texts of other rows for each first text, those left out that are nearer than `margin` times
    the row's own: they are right as often as not (TopK-PercPos, Moreira et al. 2024).

    No partner of an equal first text is taken, and not the first text itself. Where the own partner is farther than a
    right angle, only texts that are farther still are taken. Of texts that are as near, the first in the order of
    `Partners.candidates` is.
    """
    first, candidates = partners.first, partners.candidates
    others, names = partners.second[candidates].T, partners.numbers[candidates, 1]
    _, own = np.unique(partners.numbers[:, 1], return_inverse=True)
    _, group = np.unique(partners.numbers[:, 0], return_inverse=True)
    rows, most_found = len(partners), min(most, len(candidates))
    shape = (int(group.max()) + 1, len(candidates))
    right = sparse.csr_array((np.ones(rows, dtype=np.int32), (group, own)), shape=shape)
    picks, passed = np.full((rows, most), -1, dtype=np.int64), np.zeros(rows, dtype=np.int64)
    size = max(1, _BLOCK // len(candidates))
    for start in range(0, rows, size):
        part = slice(start, start + size)
        scores = np.asarray(first[part] @ others, dtype=np.float64)
        mine = scores[np.arange(len(scores)), own[part]]
        known = (right[group[part]].toarray() != 0) | (partners.numbers[part, :1] == names[None, :])
        near = ~known & (scores > np.minimum(mine, margin * mine)[:, None])
        passed[part] = near.sum(axis=1)
        scores[known | near] = -np.inf
        best = np.argpartition(-scores, most_found - 1, axis=1)[:, :most_found]
        best.sort(axis=1)
        order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
        best = np.take_along_axis(best, order, axis=1)
        there = np.isfinite(np.take_along_axis(scores, best, axis=1))
        picks[part, :most_found] = np.where(there, best, -1)
    return Mined(picks, passed)
