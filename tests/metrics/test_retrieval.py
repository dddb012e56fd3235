"""Ranks of right partners."""

from __future__ import annotations

import numpy as np
import pytest

from tunewright.metrics import retrieval


def test_values_by_hand() -> None:
    """Danger: ranks counted from 0, or a cut at 10 that keeps rank 11."""
    found = retrieval.values(np.array([1.0, 2.0, 10.0, 11.0]), np.array([[1, 1, 1, 1], [0, 2, 0, 2]]))
    assert found["mrr_10"] == pytest.approx([(1 + 0.5 + 0.1) / 4, 0.25])
    assert found["recall_1"] == pytest.approx([0.25, 0.0])
    assert found["recall_10"] == pytest.approx([0.75, 0.5])


def test_a_tie_is_not_first() -> None:
    """Danger: a model that gives all texts the same vector looks perfect."""
    assert retrieval.values(np.array([1.5]), np.ones((1, 1)))["recall_1"] == [0.0]


@pytest.mark.parametrize("ranks", [[0.0], [np.nan], [[1.0]]])
def test_what_is_no_rank(ranks) -> None:
    """Danger: a rank of 0 divides by zero, and the mean is infinite."""
    with pytest.raises(ValueError, match="ranks must be"):
        retrieval.values(np.array(ranks), np.ones((1, 1)))
