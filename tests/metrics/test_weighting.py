from __future__ import annotations

import numpy as np

from tunewright.metrics import weighting


def test_blocks_are_put_together_in_order(monkeypatch) -> None:
    """Values of one draw under another's place would pair two models on different rows."""
    monkeypatch.setattr(weighting, "_BLOCK", 7)
    weights = np.arange(1, 34).reshape(11, 3)
    found = weighting.in_blocks(weights, lambda block: {"sum": block.sum(axis=0), "rows": block * 2})
    np.testing.assert_array_equal(found["sum"], weights.sum(axis=1))
    np.testing.assert_array_equal(found["rows"], weights.T * 2)


def test_memory_stays_bounded() -> None:
    """A thousand draws of a large test set in float64 at once would take the machine down."""
    widths = []
    weighting.in_blocks(
        np.ones((40, 2**20), dtype=np.uint8), lambda block: {"n": widths.append(block.size) or block.sum(axis=0)}
    )
    assert len(widths) == 10 and max(widths) <= 2**22


def test_constant_rows_are_told_exactly() -> None:
    """Rows that vary only where the weight is 0 are constant, whatever rounding says of their variance."""
    values = np.array([0.1, 0.1, 0.3])
    block = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 1]], dtype=float)
    np.testing.assert_array_equal(weighting.varies(values, block), [False, True, False])


def test_grouping_sums_and_means() -> None:
    """The sums under every metric."""
    matrix = weighting.grouping(np.array([2, 0, 2]), 4, np.array([10.0, 20.0, 30.0]))
    np.testing.assert_allclose(matrix @ np.array([[1.0], [2.0], [0.5]]), [[40.0], [0.0], [25.0], [0.0]])
    block = np.array([[1.0, 3.0], [1.0, 1.0]])
    np.testing.assert_allclose(weighting.weighted_mean(np.array([0.0, 4.0]), block), [2.0, 1.0])
    np.testing.assert_allclose(weighting.weighted_mean(np.array([[0.0, 1.0], [4.0, 5.0]]), block), [2.0, 2.0])
