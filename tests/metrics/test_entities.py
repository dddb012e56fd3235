"""Entity figures, against cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tunewright.metrics.entities import NAMES, EntityCounts, per_type, values

# Types A and B. Row 0: both right. Row 1: an A missed, a B too many. Row 2: two A right, one A too many.
COUNTS = EntityCounts(
    hits=np.array([[1, 1], [0, 0], [2, 0]]),
    true=np.array([[1, 1], [1, 0], [2, 0]]),
    predicted=np.array([[1, 1], [0, 1], [3, 0]]),
)


def test_worked_by_hand() -> None:
    """Danger: figures that look like the field's and are not: 4 right of 6 found and 5 true."""
    found = values(COUNTS, np.ones((1, 3)))
    assert found.keys() == NAMES.keys()
    assert found["precision"][0] == pytest.approx(4 / 6)
    assert found["recall"][0] == pytest.approx(4 / 5)
    assert found["f1"][0] == pytest.approx(8 / 11)
    f1_a, f1_b = 6 / 8, 2 / 3
    assert found["f1_macro"][0] == pytest.approx((f1_a + f1_b) / 2)
    assert found["exact_match"][0] == pytest.approx(1 / 3)


def test_a_weight_counts_a_row_as_often() -> None:
    """Danger: intervals from other rows than were drawn."""
    weights = np.array([[2.0, 0.0, 1.0], [1.0, 1.0, 1.0]])
    found = values(COUNTS, weights)
    repeated = EntityCounts(*(part[[0, 0, 2]] for part in (COUNTS.hits, COUNTS.true, COUNTS.predicted)))
    alone = values(repeated, np.ones((1, 3)))
    for name in NAMES:
        assert found[name][0] == pytest.approx(alone[name][0]), name
    assert found["f1"].shape == (2,)


def test_types_one_by_one() -> None:
    """Danger: the support of a type counted in rows or in predictions."""
    rates = per_type(COUNTS, np.ones((2, 3)))
    assert rates.support.tolist() == [[4, 1], [4, 1]]
    assert rates.precision[0] == pytest.approx([3 / 4, 1 / 2])
    assert rates.recall[0] == pytest.approx([3 / 4, 1])
    assert rates.f1[0] == pytest.approx([3 / 4, 2 / 3])


def test_nothing_found_is_no_precision_and_f1_zero() -> None:
    """Danger: a model that finds nothing with a precision of 0 or 1, whichever flatters."""
    none = EntityCounts(np.zeros((2, 1)), np.array([[1], [0]]), np.zeros((2, 1)))
    found = values(none, np.ones((1, 2)))
    assert np.isnan(found["precision"][0])
    assert (found["recall"][0], found["f1"][0], found["exact_match"][0]) == (0.0, 0.0, 0.5)
    empty = values(EntityCounts(*[np.zeros((2, 1))] * 3), np.ones((1, 2)))
    assert np.isnan(empty["f1"][0])
    assert empty["exact_match"][0] == 1.0
