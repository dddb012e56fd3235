"""A number a row: how far off the prediction is, and how well it follows the truth.

Values equal scikit-learn's with `sample_weight`, and scipy's correlations, on the rows that weigh something.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tunewright.metrics.info import MetricInfo
from tunewright.metrics.weighting import Measure, checked, grouping, in_blocks, joined, varies, weighted_mean

__all__ = ["NAMES", "values"]

NAMES: dict[str, MetricInfo] = {
    "rmse": MetricInfo(False, "target", "Root of the mean squared error: large errors count most."),
    "mae": MetricInfo(False, "target", "Mean absolute error."),
    "r2": MetricInfo(True, "share", "Share of the variance explained; 0 is as good as the mean, below 0 worse."),
    "pearson": MetricInfo(True, "correlation", "Linear correlation of truth and prediction."),
    "spearman": MetricInfo(True, "correlation", "Correlation of their ranks: whether the order is right."),
}


def values(truth: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """All metrics of `NAMES` under each re-weighting.

    `r2` is nan when the truth is constant (scikit-learn would say 0 or 1 there unless `force_finite=False`);
    `pearson` and `spearman` are nan when truth or prediction is. One row makes everything constant.

    Args:
        truth: (n,) in the target's unit.
        scores: (n,) predictions in the same unit.
        weights: (r, n), 0 or more.

    Returns:
        (r,) for each name.

    Raises:
        ValueError: shapes do not fit or a number is not finite.
    """
    truth, scores = np.asarray(truth, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    if truth.ndim != 1 or truth.shape != scores.shape:
        raise ValueError(f"truth and predictions must both be (n,), not {truth.shape} and {scores.shape}.")
    if not (np.isfinite(truth).all() and np.isfinite(scores).all()):
        raise ValueError("some numbers are not finite: one of them would make every mean so.")
    return in_blocks(checked(weights, len(truth)), joined(_errors(truth, scores), _correlations(truth, scores)))


def _errors(truth: np.ndarray, scores: np.ndarray) -> Measure:
    absolute = np.abs(truth - scores)

    def measure(block: np.ndarray) -> dict[str, np.ndarray]:
        squared = weighted_mean(absolute**2, block)
        variance = weighted_mean((truth[:, None] - weighted_mean(truth, block)) ** 2, block)
        explained = np.full(squared.shape, np.nan)
        np.divide(squared, variance, out=explained, where=varies(truth, block) & (variance > 0))
        return {"rmse": np.sqrt(squared), "mae": weighted_mean(absolute, block), "r2": 1.0 - explained}

    return measure


def _correlations(truth: np.ndarray, scores: np.ndarray) -> Measure:
    ranks_of_truth, ranks_of_scores = _ranks(truth), _ranks(scores)

    def measure(block: np.ndarray) -> dict[str, np.ndarray]:
        defined = varies(truth, block) & varies(scores, block)
        return {
            "pearson": _correlation(truth[:, None], scores[:, None], block, defined),
            "spearman": _correlation(ranks_of_truth(block), ranks_of_scores(block), block, defined),
        }

    return measure


def _ranks(numbers: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """From weights (n, b) to each row's rank (n, b): the weight below it plus half of that tied with it.

    For counts this is the mean rank of the repeated rows, less one half: the same correlation.
    """
    distinct, group = np.unique(numbers, return_inverse=True)
    ties = grouping(group, len(distinct))

    def ranks(block: np.ndarray) -> np.ndarray:
        sums = ties @ block
        middles: np.ndarray = (np.cumsum(sums, axis=0) - 0.5 * sums)[group]
        return middles

    return ranks


def _correlation(x: np.ndarray, y: np.ndarray, block: np.ndarray, defined: np.ndarray) -> np.ndarray:
    """Weighted Pearson correlation (b,) of columns (n, b) or (n, 1), centred first so that nothing cancels."""
    total = block.sum(axis=0)
    x = x - (x * block).sum(axis=0) / total
    y = y - (y * block).sum(axis=0) / total
    # Each side is scaled to its largest, so that squares of huge or tiny targets stay inside float64.
    x, y = (side / np.maximum(np.abs(side).max(axis=0), np.finfo(np.float64).tiny) for side in (x, y))
    together = np.einsum("nb,nb,nb->b", block, x, y)
    spread = np.sqrt(np.einsum("nb,nb,nb->b", block, x, x) * np.einsum("nb,nb,nb->b", block, y, y))
    correlation = np.full(total.shape, np.nan)
    np.divide(together, spread, out=correlation, where=defined & (spread > 0))
    return np.clip(correlation, -1.0, 1.0)
