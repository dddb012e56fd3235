"""How well a model tells the answer that was chosen from the one that was rejected."""

from __future__ import annotations

import numpy as np

from tunewright.metrics.info import MetricInfo
from tunewright.metrics.weighting import checked, in_blocks, weighted_mean

__all__ = ["NAMES", "values"]

NAMES: dict[str, MetricInfo] = {
    "reward_accuracy": MetricInfo(
        True, "share", "Share of pairs whose chosen answer gained more over the reference; half where neither did."
    ),
    "reward_margin": MetricInfo(
        True, "nats", "By how much the chosen answer gained more than the rejected one, times beta: mean over pairs."
    ),
}


def values(margins: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """All metrics of `NAMES` under each re-weighting.

    Args:
        margins: (n,) reward of the chosen answer minus that of the rejected one.
        weights: (r, n), 0 or more.

    Returns:
        (r,) for each name.
    """
    right = (margins > 0) + 0.5 * (margins == 0)

    def measure(block: np.ndarray) -> dict[str, np.ndarray]:
        return {"reward_accuracy": weighted_mean(right, block), "reward_margin": weighted_mean(margins, block)}

    return in_blocks(checked(weights, len(margins)), measure)
