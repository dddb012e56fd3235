"""The draws behind sample://tickets."""

from __future__ import annotations

from collections import Counter

import numpy as np

from tunewright.samples.dice import Dice


def test_the_draws_are_those_they_have_always_been():
    """Bytes promised by a hash must not depend on a library's idea of how to draw from a range."""
    dice = Dice(20)
    assert [dice.index(1000) for _ in range(6)] == [int(x * 1000) for x in _doubles(20, 6)]
    dice = Dice(20)
    assert [round(dice.share(), 12) for _ in range(2)] == [round(x, 12) for x in _doubles(20, 2)]


def _doubles(seed: int, count: int) -> list[float]:
    """The textbook's way from 64 random bits to a double: the upper 53, divided by 2 to the 53rd."""
    raw = np.random.PCG64(seed).random_raw(count)
    return [(int(each) >> 11) / 2.0**53 for each in raw]


def test_a_seed_is_a_sequence():
    """Two data sets of one seed must be equal, of two seeds different."""
    assert [Dice(1).share() for _ in range(3)] == [Dice(1).share() for _ in range(3)]
    assert Dice(1).share() != Dice(2).share()


def test_weights_are_kept_and_zero_is_never_drawn():
    """A weight off by one place would shift every share of the data set."""
    dice = Dice(3)
    drawn = Counter(dice.weighted(("a", "b", "c"), (1, 0, 3)) for _ in range(4000))
    assert drawn["b"] == 0
    assert 0.22 < drawn["a"] / 4000 < 0.28


def test_index_covers_its_range_evenly():
    """An end of the list that is never drawn is a phrase nobody ever says."""
    dice = Dice(4)
    drawn = Counter(dice.index(5) for _ in range(5000))
    assert set(drawn) == {0, 1, 2, 3, 4}
    assert min(drawn.values()) > 850


def test_hit_is_as_likely_as_it_says():
    """Label noise is a promise in percent."""
    dice = Dice(5)
    assert 0.17 < sum(dice.hit(0.2) for _ in range(4000)) / 4000 < 0.23
    assert not any(dice.hit(0.0) for _ in range(100))
    assert all(dice.hit(1.0) for _ in range(100))


def test_shuffling_keeps_every_item_and_the_original():
    """A shuffle that loses or doubles a row changes the counts without a trace."""
    items = list(range(50))
    mixed = Dice(6).shuffled(items)
    assert sorted(mixed) == items == list(range(50))
    assert mixed != items
    firsts = Counter(Dice(seed).shuffled("abc")[0] for seed in range(600))
    assert min(firsts.values()) > 150
