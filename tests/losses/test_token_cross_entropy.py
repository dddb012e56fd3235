"""The loss of tokens is their negative log-likelihood."""

from __future__ import annotations

import math

import pytest
import torch

from tunewright.losses.token_cross_entropy import TokenCrossEntropy


def test_the_weight_counts_tokens():
    """Danger: a mean over rows, in which the tokens of a short row weigh more."""
    found = TokenCrossEntropy().compute(torch.zeros(5, 8), torch.arange(5), (), ())
    assert found.weight == 5
    assert float(found.sum) == pytest.approx(5 * math.log(8))
