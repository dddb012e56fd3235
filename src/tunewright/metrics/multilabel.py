"""Any number of labels a row: each label is a yes or no of its own, yes from a probability of 0.5 on.

Values equal scikit-learn's with `sample_weight`, as in `classification`. One difference is deliberate: a label that
occurs in the rows, but not in those that a re-weighting keeps, is left out of that re-weighting's macro F1. It would
count as a failure otherwise, and every interval over rare labels would be pulled down.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from tunewright.metrics.info import MetricInfo
from tunewright.metrics.ranking import mean_roc_auc
from tunewright.metrics.rates import LabelRates, LabelSums, macro
from tunewright.metrics.weighting import Measure, checked, in_blocks, joined, weighted_mean

__all__ = ["NAMES", "THRESHOLD", "per_label", "values"]

NAMES: dict[str, MetricInfo] = {
    "f1_micro": MetricInfo(True, "share", "F1 over all decisions, row by label: frequent labels count most."),
    "f1_macro": MetricInfo(True, "share", "Mean over labels of F1: rare labels count as much as frequent ones."),
    "exact_match": MetricInfo(True, "share", "Share of rows with every label right."),
    "hamming_accuracy": MetricInfo(True, "share", "Share of decisions, row by label, that are right."),
    "roc_auc_macro": MetricInfo(
        True, "share", "Mean over labels of the chance that a row with the label outranks one without."
    ),
    "log_loss": MetricInfo(False, "nats", "Mean over rows and labels of the binary cross-entropy."),
}

THRESHOLD = 0.5


def values(truth: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """All metrics of `NAMES` under each re-weighting.

    A label that no row has and that is never predicted has F1 0, as in scikit-learn. `f1_micro` is 0 if nothing is
    true or predicted in any row, nan if only the re-weighting leaves nothing. `roc_auc_macro` is over the labels that
    some rows have and others have not; nan when there is none.

    Args:
        truth: (n, k) of 0 and 1.
        scores: (n, k) probabilities, each label's own.
        weights: (r, n), 0 or more.

    Returns:
        (r,) for each name.

    Raises:
        ValueError: shapes do not fit, truth is not 0 or 1, a score is not finite.
    """
    truth, scores = _checked(truth, scores)
    measure = joined(
        _decisions(truth, scores >= THRESHOLD),
        _ranking(truth, scores),
        _likelihood(truth, scores),
    )
    return in_blocks(checked(weights, len(truth)), measure)


def per_label(truth: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> LabelRates:
    """Precision, recall and F1 of every label under each re-weighting; arrays (r, k), nan where undefined."""
    truth, scores = _checked(truth, scores)
    sums_of = _LabelSums(truth, scores >= THRESHOLD)

    def measure(block: np.ndarray) -> dict[str, np.ndarray]:
        sums = sums_of(block)
        return {"precision": sums.precision(), "recall": sums.recall(), "f1": sums.f1(), "support": sums.true}

    rates = in_blocks(checked(weights, len(truth)), measure)
    return LabelRates(**{name: rate.T for name, rate in rates.items()})


class _LabelSums:
    """From weights (n, b) to the sums of every label."""

    def __init__(self, truth: np.ndarray, predicted: np.ndarray) -> None:
        self._hits, self._true, self._predicted = (
            sparse.csr_array(np.ascontiguousarray(part.T), dtype=np.float64)
            for part in (truth & predicted, truth, predicted)
        )

    def __call__(self, block: np.ndarray) -> LabelSums:
        return LabelSums(self._hits @ block, self._true @ block, self._predicted @ block)


def _decisions(truth: np.ndarray, predicted: np.ndarray) -> Measure:
    sums_of = _LabelSums(truth, predicted)
    nowhere = ~(truth | predicted).any(axis=0)
    exact = (truth == predicted).all(axis=1)
    right = (truth == predicted).mean(axis=1)

    def measure(block: np.ndarray) -> dict[str, np.ndarray]:
        sums = sums_of(block)
        hits, marked = sums.hits.sum(axis=0), (sums.true + sums.predicted).sum(axis=0)
        undefined = np.full(marked.shape, 0.0 if nowhere.all() else np.nan)
        return {
            "f1_micro": np.divide(2.0 * hits, marked, out=undefined, where=marked > 0),
            "f1_macro": macro(sums.f1(), sums.occurs | nowhere[:, None]),
            "exact_match": weighted_mean(exact, block),
            "hamming_accuracy": weighted_mean(right, block),
        }

    return measure


def _ranking(truth: np.ndarray, scores: np.ndarray) -> Measure:
    area = mean_roc_auc(lambda label: truth[:, label], scores)
    return lambda block: {"roc_auc_macro": area(block)}


def _likelihood(truth: np.ndarray, scores: np.ndarray) -> Measure:
    epsilon = np.finfo(scores.dtype).eps
    # In float64 before the subtraction: 1 - p of a small float32 p would lose p.
    sides = np.where(truth, scores.astype(np.float64), 1.0 - scores.astype(np.float64))
    loss = -np.log(np.clip(sides, epsilon, 1.0 - epsilon)).mean(axis=1)
    return lambda block: {"log_loss": weighted_mean(loss, block)}


def _checked(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    truth, scores = np.asarray(truth), np.asarray(scores)
    if truth.ndim != 2 or truth.shape != scores.shape:
        raise ValueError(f"truth and scores must both be (n, labels), not {truth.shape} and {scores.shape}.")
    if not ((truth == 0) | (truth == 1)).all():
        raise ValueError("truth must hold 0 and 1 alone: whether the row has the label.")
    if not np.isfinite(scores).all():
        raise ValueError("some scores are not finite: comparing them with the threshold would be no decision.")
    if not np.issubdtype(scores.dtype, np.floating):
        scores = scores.astype(np.float64)
    return truth.astype(bool), scores
