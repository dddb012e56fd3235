"""Area under the ROC curve, re-weighted: sorted once, then sums alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tunewright.metrics.weighting import grouping

__all__ = ["mean_roc_auc", "roc_auc"]

Area = Callable[[np.ndarray], np.ndarray]

_KEPT = 2**24
"""Rows times labels up to which each label's sorting is kept for all blocks of weights: some 200 MiB."""


def roc_auc(positive: np.ndarray, scores: np.ndarray) -> Area:
    """Chance that a positive row is scored above a negative one, ties counting one half.

    The Mann-Whitney statistic, equal to the area under the ROC curve (Hanley & McNeil 1982). In order of the scores,
    what is needed between two neighbouring scores of positives is only the weight of the negatives there; so all
    re-weightings share one sparse product.

    Args:
        positive: (n,) bool.
        scores: (n,), any increasing function of the probability.

    Returns:
        From weights (n, b) to areas (b,), nan where positives or negatives weigh nothing.
    """
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    rank = np.empty(len(scores), dtype=np.int64)
    rank[order] = np.concatenate([[0], np.cumsum(ordered[1:] != ordered[:-1])])
    holds_positive = np.bincount(rank, weights=positive) > 0
    steps = int(holds_positive.sum())
    step: np.ndarray = (np.cumsum(holds_positive) - holds_positive)[rank]
    # Three cells a step: negatives below it, negatives tied with it, positives of it; negatives above all come last.
    cell = 3 * step + np.where(positive, 2, np.where(holds_positive[rank], 1, 0))
    cells = grouping(cell, 3 * steps + 1)

    def area(block: np.ndarray) -> np.ndarray:
        sums = cells @ block
        between, tied, own = sums[0 : 3 * steps : 3], sums[1::3][:steps], sums[2::3][:steps]
        below = np.cumsum(between + tied, axis=0) - tied
        pairs = own.sum(axis=0) * (between.sum(axis=0) + tied.sum(axis=0) + sums[-1])
        won = np.einsum("sb,sb->b", own, below + 0.5 * tied)
        share: np.ndarray = np.full(pairs.shape, np.nan)
        np.divide(won, pairs, out=share, where=pairs > 0)
        return share

    return area


def mean_roc_auc(positive: Callable[[int], np.ndarray], scores: np.ndarray) -> Area:
    """Mean of the labels' areas, each against the rest; a label without positives or negatives is left out.

    Args:
        positive: from a label's index to its rows, (n,) bool.
        scores: (n, k).

    Returns:
        From weights (n, b) to means (b,), nan where no label has an area.
    """
    rows, labels = scores.shape
    kept: list[Area | None] = [None] * labels

    def area_of(label: int) -> Area:
        area = kept[label] or roc_auc(positive(label), scores[:, label])
        if rows * labels <= _KEPT:
            kept[label] = area
        return area

    def mean(block: np.ndarray) -> np.ndarray:
        total, count = np.zeros(block.shape[1]), np.zeros(block.shape[1])
        for label in range(labels):
            area = area_of(label)(block)
            total += np.nan_to_num(area)
            count += ~np.isnan(area)
        share: np.ndarray = np.full(total.shape, np.nan)
        np.divide(total, count, out=share, where=count > 0)
        return share

    return mean
