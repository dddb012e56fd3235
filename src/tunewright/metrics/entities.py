"""Entities found in rows: precision, recall and F1, from counts of each row.

An entity is right when its type and both its ends are (Tjong Kim Sang & De Meulder 2003, the definition of conlleval
and seqeval). The figures follow from three counts a row and type, so that a re-weighting of the rows is one product.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tunewright.metrics.info import MetricInfo
from tunewright.metrics.rates import LabelRates, LabelSums, macro
from tunewright.metrics.weighting import checked, in_blocks, weighted_mean

__all__ = ["NAMES", "EntityCounts", "per_type", "values"]

NAMES: dict[str, MetricInfo] = {
    "f1": MetricInfo(True, "share", "Entity F1: type and both ends must be right, all types together."),
    "precision": MetricInfo(True, "share", "Share of the entities found that are right."),
    "recall": MetricInfo(True, "share", "Share of the true entities that are found."),
    "f1_macro": MetricInfo(True, "share", "Mean of the F1 of each type that occurs: rare types count as much."),
    "exact_match": MetricInfo(True, "share", "Share of rows in which every entity is found and none too many."),
}


@dataclass(frozen=True, eq=False)
class EntityCounts:
    """How many entities each row has of each type: int64 (rows, types).

    Attributes:
        hits: predicted with type and both ends right.
        true: in the data.
        predicted: by the model.
    """

    hits: np.ndarray
    true: np.ndarray
    predicted: np.ndarray

    def sums(self, block: np.ndarray) -> LabelSums:
        """Weighted sums over rows, (types, b), under weights (rows, b)."""
        return LabelSums(*(part.T.astype(np.float64) @ block for part in (self.hits, self.true, self.predicted)))

    @property
    def faultless(self) -> np.ndarray:
        """Rows with nothing missed and nothing too many: (rows,) bool."""
        right: np.ndarray = ((self.hits == self.true) & (self.hits == self.predicted)).all(axis=1)
        return right


def values(counts: EntityCounts, weights: np.ndarray) -> dict[str, np.ndarray]:
    """All metrics of `NAMES` under each re-weighting.

    `precision` is nan where nothing is predicted, `recall` where nothing is true, `f1` where both. seqeval says 0.

    Args:
        counts: of n rows.
        weights: (r, n), 0 or more.

    Returns:
        (r,) for each name.
    """
    faultless = counts.faultless.astype(np.float64)

    def measure(block: np.ndarray) -> dict[str, np.ndarray]:
        each = counts.sums(block)
        total = LabelSums(*(part.sum(axis=0, keepdims=True) for part in (each.hits, each.true, each.predicted)))
        return {
            "f1": total.f1()[0],
            "precision": total.precision()[0],
            "recall": total.recall()[0],
            "f1_macro": macro(each.f1(), each.occurs),
            "exact_match": weighted_mean(faultless, block),
        }

    return in_blocks(checked(weights, len(counts.true)), measure)


def per_type(counts: EntityCounts, weights: np.ndarray) -> LabelRates:
    """Quality of each type under each re-weighting, arrays (r, types); `support` counts true entities."""

    def measure(block: np.ndarray) -> dict[str, np.ndarray]:
        sums = counts.sums(block)
        return {"precision": sums.precision(), "recall": sums.recall(), "f1": sums.f1(), "support": sums.true}

    found = in_blocks(checked(weights, len(counts.true)), measure)
    return LabelRates(**{name: part.T for name, part in found.items()})
