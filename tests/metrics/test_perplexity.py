"""Perplexity follows from sums over tokens."""

from __future__ import annotations

import numpy as np
import pytest

from tunewright.metrics.perplexity import NAMES, values


def test_tokens_weigh_alike_whatever_row_they_stand_in():
    """Danger: a mean of the rows' perplexities, which a single short row can throw up."""
    loss, right, tokens = np.array([2.0, 30.0]), np.array([1.0, 0.0]), np.array([2.0, 10.0])
    found = values(loss, right, tokens, np.array([[1, 1], [2, 0], [0, 1]]))
    assert found.keys() == NAMES.keys()
    assert found["perplexity"] == pytest.approx(np.exp([32 / 12, 1.0, 3.0]))
    assert found["token_accuracy"] == pytest.approx([1 / 12, 0.5, 0.0])


def test_rows_without_tokens_have_no_figure():
    """Danger: a perplexity of 1, the best there is, where nothing was asked."""
    nothing = np.zeros(1)
    assert np.isnan(values(nothing, nothing, nothing, np.ones((1, 1)))["perplexity"]).all()
