"""Where the right partner of a text stands when all are sorted by likeness."""

from __future__ import annotations

import numpy as np

from tunewright.metrics.info import MetricInfo
from tunewright.metrics.weighting import checked, in_blocks, weighted_mean

__all__ = ["NAMES", "values"]

_DEPTH = 10

NAMES: dict[str, MetricInfo] = {
    "mrr_10": MetricInfo(True, "share", "1 / rank of the right partner, 0 beyond rank 10, averaged over rows."),
    "recall_1": MetricInfo(True, "share", "Share of rows whose right partner is ranked first."),
    "recall_10": MetricInfo(True, "share", "Share of rows whose right partner is among the first ten."),
}


def values(ranks: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """All metrics of `NAMES` under each re-weighting; the partners to choose from stay those of all rows.

    Args:
        ranks: (n,) from 1 on; halves where partners are tied.
        weights: (r, n), 0 or more.

    Returns:
        (r,) for each name.

    Raises:
        ValueError: a rank is below 1 or not finite, or shapes do not fit.
    """
    ranks = np.asarray(ranks, dtype=np.float64)
    if ranks.ndim != 1 or not np.isfinite(ranks).all() or (ranks < 1).any():
        raise ValueError("ranks must be finite, 1 or more, and one for each row.")
    rows = {
        "mrr_10": np.where(ranks <= _DEPTH, 1.0 / ranks, 0.0),
        "recall_1": (ranks <= 1).astype(np.float64),
        "recall_10": (ranks <= _DEPTH).astype(np.float64),
    }
    return in_blocks(
        checked(weights, len(ranks)),
        lambda block: {name: weighted_mean(value, block) for name, value in rows.items()},
    )
