"""One label a row: how often it is right, over labels, and what its probabilities are worth.

A row of weight 0 is as good as absent. So every value equals scikit-learn's on the rows that weigh something, with
their weights as `sample_weight`: for bootstrap counts that is its value on the rows repeated as often as drawn.
"""

from __future__ import annotations

import numpy as np

from tunewright.metrics.info import MetricInfo
from tunewright.metrics.ranking import mean_roc_auc, roc_auc
from tunewright.metrics.rates import LabelRates, LabelSums, macro
from tunewright.metrics.weighting import Measure, checked, grouping, in_blocks, joined, weighted_mean

__all__ = ["NAMES", "confusion", "per_class", "values"]

NAMES: dict[str, MetricInfo] = {
    "accuracy": MetricInfo(True, "share", "Share of rows whose most probable class is the true one."),
    "f1_macro": MetricInfo(True, "share", "Mean over classes of F1: rare classes count as much as frequent ones."),
    "f1_weighted": MetricInfo(True, "share", "Mean over rows of the F1 of their true class."),
    "precision_macro": MetricInfo(True, "share", "Mean over classes of the share of its predictions that are right."),
    "recall_macro": MetricInfo(True, "share", "Mean over classes of the share of its rows that are found."),
    "mcc": MetricInfo(True, "correlation", "Matthews correlation of truth and prediction; 0 is chance."),
    "roc_auc": MetricInfo(True, "share", "Chance that a row of a class outranks a row of another; 0.5 is chance."),
    "ece": MetricInfo(False, "share", "Mean gap between confidence and accuracy, over 15 bins of confidence."),
    "log_loss": MetricInfo(False, "nats", "Mean negative logarithm of the probability given to the true class."),
}

_BINS = 15


def values(truth: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """All metrics of `NAMES` under each re-weighting.

    Precision, recall and F1 take the macro average over classes that are true or predicted in some row; a class never
    predicted has precision 0, one without rows recall 0, both as in scikit-learn. `mcc` is 0 when all rows have one
    class or one prediction. `roc_auc` is that of class 1 for two classes, else the plain mean of each class against
    the rest over the classes that have rows; nan when all rows are of one class. `ece` has 15 equal bins of the
    highest probability (Naeini et al. 2015; Guo et al. 2017); few rows push it up. `log_loss` bounds probabilities away
    from 0 and 1 by the precision of their type, as scikit-learn's log_loss.

    Args:
        truth: (n,) class indices.
        scores: (n, k) probabilities; the prediction is the highest, the first of equals.
        weights: (r, n), 0 or more.

    Returns:
        (r,) for each name.

    Raises:
        ValueError: shapes do not fit, a class index is out of range, a score is not finite.
    """
    truth, scores = _checked(truth, scores)
    predicted = scores.argmax(axis=1)
    measure = joined(
        _decisions(truth, predicted, scores.shape[1]),
        _ranking(truth, scores),
        _confidence(truth, predicted, scores),
    )
    return in_blocks(checked(weights, len(truth)), measure)


def per_class(truth: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> LabelRates:
    """Precision, recall and F1 of every class under each re-weighting; arrays (r, k), nan where undefined."""
    truth, scores = _checked(truth, scores)
    classes = scores.shape[1]
    sums_of = _LabelSums(truth, scores.argmax(axis=1), classes)

    def measure(block: np.ndarray) -> dict[str, np.ndarray]:
        sums = sums_of(block)
        return {"precision": sums.precision(), "recall": sums.recall(), "f1": sums.f1(), "support": sums.true}

    rates = in_blocks(checked(weights, len(truth)), measure)
    return LabelRates(**{name: rate.T for name, rate in rates.items()})


def confusion(truth: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Rows by true class (first index) and predicted class (second): (k, k) int64."""
    truth, scores = _checked(truth, scores)
    classes = scores.shape[1]
    return np.bincount(truth * classes + scores.argmax(axis=1), minlength=classes**2).reshape(classes, classes)


class _LabelSums:
    """From weights (n, b) to the sums of every class."""

    def __init__(self, truth: np.ndarray, predicted: np.ndarray, classes: int) -> None:
        right = (truth == predicted).astype(np.float64)
        self._hits = grouping(truth, classes, right)
        self._true = grouping(truth, classes)
        self._predicted = grouping(predicted, classes)

    def __call__(self, block: np.ndarray) -> LabelSums:
        return LabelSums(self._hits @ block, self._true @ block, self._predicted @ block)


def _decisions(truth: np.ndarray, predicted: np.ndarray, classes: int) -> Measure:
    sums_of = _LabelSums(truth, predicted, classes)

    def measure(block: np.ndarray) -> dict[str, np.ndarray]:
        sums = sums_of(block)
        total, f1 = block.sum(axis=0), sums.f1()
        return {
            "accuracy": sums.hits.sum(axis=0) / total,
            "f1_macro": macro(f1, sums.occurs),
            "f1_weighted": (np.nan_to_num(f1) * sums.true).sum(axis=0) / total,
            "precision_macro": macro(sums.precision(), sums.occurs),
            "recall_macro": macro(sums.recall(), sums.occurs),
            "mcc": _matthews(sums, total),
        }

    return measure


def _matthews(sums: LabelSums, total: np.ndarray) -> np.ndarray:
    """Gorodkin (2004): the correlation of two assignments to k classes."""
    # Shares, not weights: the products of four sums below then stay near 1.
    hits, true, predicted = (part / total for part in (sums.hits, sums.true, sums.predicted))
    together = hits.sum(axis=0) - (true * predicted).sum(axis=0)
    spread = (1.0 - (true**2).sum(axis=0)) * (1.0 - (predicted**2).sum(axis=0))
    # Asked of the classes: a spread computed from a single class is rarely exactly 0.
    defined = ((sums.true > 0).sum(axis=0) > 1) & ((sums.predicted > 0).sum(axis=0) > 1)
    correlation: np.ndarray = np.zeros(total.shape)
    np.divide(together, np.sqrt(np.maximum(spread, 0.0)), out=correlation, where=defined & (spread > 0))
    return correlation


def _ranking(truth: np.ndarray, scores: np.ndarray) -> Measure:
    if scores.shape[1] == 2:
        area = roc_auc(truth == 1, scores[:, 1])
    else:
        area = mean_roc_auc(lambda label: truth == label, scores)
    return lambda block: {"roc_auc": area(block)}


def _confidence(truth: np.ndarray, predicted: np.ndarray, scores: np.ndarray) -> Measure:
    rows = np.arange(len(truth))
    confidence = scores[rows, predicted].astype(np.float64)
    bins = np.clip(np.ceil(confidence * _BINS).astype(np.int64) - 1, 0, _BINS - 1)
    gaps = grouping(bins, _BINS, (truth == predicted) - confidence)
    epsilon = np.finfo(scores.dtype).eps
    loss = -np.log(np.clip(scores[rows, truth], epsilon, 1 - epsilon).astype(np.float64))
    return lambda block: {
        "ece": np.abs(gaps @ block).sum(axis=0) / block.sum(axis=0),
        "log_loss": weighted_mean(loss, block),
    }


def _checked(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    truth, scores = np.asarray(truth), np.asarray(scores)
    if truth.ndim != 1 or scores.ndim != 2 or len(truth) != len(scores):
        raise ValueError(f"truth (n,) and scores (n, classes) are needed, not {truth.shape} and {scores.shape}.")
    if not np.issubdtype(truth.dtype, np.integer):
        raise ValueError(f"truth holds class indices, whole numbers, not {truth.dtype}.")
    if truth.size and not 0 <= truth.min() <= truth.max() < scores.shape[1]:
        raise ValueError(f"truth holds {truth.min()} to {truth.max()}; {scores.shape[1]} columns of scores allow less.")
    if not np.isfinite(scores).all():
        raise ValueError("some scores are not finite: the highest of them would be a random prediction.")
    if not np.issubdtype(scores.dtype, np.floating):
        scores = scores.astype(np.float64)
    return truth.astype(np.int64), scores
