import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.data.permutation import Permutation


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 5000), st.integers(0, 2**32 - 1), st.integers(0, 10**6))
def test_every_row_comes_exactly_once(count, seed, stream) -> None:
    """A row that comes twice in an epoch, or never, changes what is trained on without a word."""
    order = Permutation(count, seed, stream)[:]
    assert order.dtype == np.int64
    assert np.array_equal(np.sort(order), np.arange(count))


@given(st.integers(2, 10**12), st.integers(0, 2**32 - 1), st.data())
@settings(max_examples=60, deadline=None)
def test_a_stretch_is_the_same_whatever_is_asked_beside_it(count, seed, data) -> None:
    """Resume asks for one step alone; it must get the rows that the whole order would have given."""
    start = data.draw(st.integers(0, count - 1))
    order = Permutation(count, seed)
    stretch = order[start : start + 50]
    assert len(stretch) == min(50, count - start) == len(set(stretch.tolist()))
    assert stretch.min() >= 0 and stretch.max() < count
    for shift, value in enumerate(stretch.tolist()):
        assert order.at(np.array([start + shift]))[0] == value


@pytest.mark.parametrize("count", [1000, 4096, 100_003])
def test_rows_are_spread_evenly_over_the_places(count) -> None:
    """Rows of the file's beginning must not gather anywhere: chi-square over 20 x 20 blocks, averaged over epochs."""
    blocks = 20
    statistics = []
    for epoch in range(40):
        order = Permutation(count, 7, epoch)[:]
        table = np.zeros((blocks, blocks))
        np.add.at(table, (np.arange(count) * blocks // count, order * blocks // count), 1)
        expected = np.outer(table.sum(1), table.sum(0)) / count
        statistics.append(((table - expected) ** 2 / expected).sum())
    freedom = (blocks - 1) ** 2
    # the mean of 40 chi-square values has standard deviation sqrt(2 * freedom / 40)
    assert abs(np.mean(statistics) - freedom) < 4.5 * np.sqrt(2 * freedom / 40)


def test_neighbours_part_and_epochs_and_seeds_differ() -> None:
    """An order that keeps neighbours together, or repeats itself, makes batches of one kind of row."""
    count = 20_000
    first, second, other = (Permutation(count, seed, epoch)[:] for seed, epoch in ((0, 0), (0, 1), (1, 0)))
    for order in (first, second, other):
        assert (np.abs(np.diff(order)) == 1).sum() < 12  # 2 are expected
        assert abs(np.corrcoef(np.arange(count), order)[0, 1]) < 0.04
    # independent orders agree in one place on average
    assert (first == second).sum() < 10 and (first == other).sum() < 10


def test_each_row_is_as_likely_at_each_place() -> None:
    """Few rows are where a weak network shows: over many seeds every row must stand everywhere equally often."""
    count, orders = 10, 2000
    table = np.zeros((count, count))
    for seed in range(orders):
        table[np.arange(count), Permutation(count, seed)[:]] += 1
    statistic = ((table - orders / count) ** 2 / (orders / count)).sum()
    freedom = (count - 1) ** 2
    assert abs(statistic - freedom) < 5 * np.sqrt(2 * freedom)


def test_a_place_outside_is_refused() -> None:
    """Walking from a place outside would give a row twice."""
    with pytest.raises(IndexError):
        Permutation(10, 0).at(np.array([10]))
    assert len(Permutation(10, 0)[10:20]) == 0
