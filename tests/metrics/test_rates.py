from __future__ import annotations

import numpy as np

from tunewright.metrics.rates import LabelSums, macro


def test_rates_by_hand_and_undefined_ones() -> None:
    """0/0 is no 0: a label that nobody predicts has no precision, and the reader must be able to see that."""
    sums = LabelSums(
        hits=np.array([[2.0], [0.0], [0.0]]),
        true=np.array([[4.0], [3.0], [0.0]]),
        predicted=np.array([[2.0], [0.0], [0.0]]),
    )
    np.testing.assert_allclose(sums.precision(), [[1.0], [np.nan], [np.nan]])
    np.testing.assert_allclose(sums.recall(), [[0.5], [0.0], [np.nan]])
    np.testing.assert_allclose(sums.f1(), [[4 / 6], [0.0], [np.nan]])
    np.testing.assert_array_equal(sums.occurs, [[True], [True], [False]])


def test_macro_counts_undefined_as_zero_only_where_asked() -> None:
    """Which labels a macro average is over changes it by whole points."""
    rates = np.array([[1.0], [np.nan], [np.nan]])
    assert macro(rates, np.array([[True], [True], [False]])) == 0.5
    assert macro(np.array([[1.0], [0.5]]), np.array([[False], [True]])) == 0.5
    assert np.isnan(macro(rates, np.zeros((3, 1), dtype=bool))).all()
