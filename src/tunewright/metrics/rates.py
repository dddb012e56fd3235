"""Precision, recall and F1 of labels, from how often each is true, predicted, and both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["LabelRates", "LabelSums", "macro"]


@dataclass(frozen=True)
class LabelRates:
    """Quality of each label under each re-weighting: arrays (r, k), nan where nothing is there to divide by.

    Attributes:
        precision: nan for a label never predicted.
        recall: nan for a label that no row has.
        f1: nan for a label neither predicted nor true.
        support: weight of the rows that have the label.
    """

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray


@dataclass(frozen=True)
class LabelSums:
    """Weight of the rows of each label under each re-weighting: arrays (k, b).

    Attributes:
        hits: predicted and true.
        true: true.
        predicted: predicted.
    """

    hits: np.ndarray
    true: np.ndarray
    predicted: np.ndarray

    @property
    def occurs(self) -> np.ndarray:
        return (self.true > 0) | (self.predicted > 0)

    def precision(self) -> np.ndarray:
        """Share of a label's predictions that are right."""
        return _ratio(self.hits, self.predicted)

    def recall(self) -> np.ndarray:
        """Share of a label's rows that are found."""
        return _ratio(self.hits, self.true)

    def f1(self) -> np.ndarray:
        """Harmonic mean of the two (van Rijsbergen 1979)."""
        return _ratio(2.0 * self.hits, self.true + self.predicted)


def macro(rates: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Plain mean over the labels that count; an undefined rate among them is 0, as scikit-learn has it.

    Args:
        rates: (k, b), nan where undefined.
        counted: (k, b) which labels the mean is over.

    Returns:
        (b,), nan where no label counts.
    """
    return _ratio(np.where(counted, np.nan_to_num(rates), 0.0).sum(axis=0), counted.sum(axis=0).astype(np.float64))


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    ratio: np.ndarray = np.full(np.shape(part), np.nan)
    np.divide(part, whole, out=ratio, where=whole > 0)
    return ratio
