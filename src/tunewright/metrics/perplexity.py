"""How well a language model foresees tokens: perplexity and how often it is right.

Both follow from sums over the tokens of each row, so that a re-weighting of the rows is one product.
"""

from __future__ import annotations

import numpy as np

from tunewright.metrics.info import MetricInfo
from tunewright.metrics.weighting import checked, in_blocks

__all__ = ["NAMES", "values"]

NAMES: dict[str, MetricInfo] = {
    "perplexity": MetricInfo(
        False, "", "exp of the mean negative log-likelihood of a token: among how many it chooses, as it were."
    ),
    "token_accuracy": MetricInfo(True, "share", "Share of the tokens that the model finds likeliest."),
}


def values(loss: np.ndarray, right: np.ndarray, tokens: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """All metrics of `NAMES` under each re-weighting; nan where it leaves no token.

    Args:
        loss: (n,) sum of the negative log-likelihoods of a row's tokens, in nats.
        right: (n,) tokens of a row that were likeliest.
        tokens: (n,) tokens of a row that were asked.
        weights: (r, n), 0 or more.

    Returns:
        (r,) for each name.
    """

    def measure(block: np.ndarray) -> dict[str, np.ndarray]:
        sums = np.stack([loss, right, tokens]).astype(np.float64) @ block
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return {"perplexity": np.exp(sums[0] / sums[2]), "token_accuracy": sums[1] / sums[2]}

    return in_blocks(checked(weights, len(tokens)), measure)
