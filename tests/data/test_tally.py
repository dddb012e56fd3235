"""The number that stands for a set of rows."""

from __future__ import annotations

import numpy as np

from tunewright.data.plan import StepPlan
from tunewright.data.tally import TALLY_RANGE, tally


def test_it_is_the_same_for_every_cut() -> None:
    """Danger: a resumed run under another number of processes would look as if it had trained on other rows."""
    lengths = np.random.default_rng(0).integers(3, 60, 100)
    whole = tally([np.arange(100)])
    for size in (1, 2, 3, 8):
        for budget in (64, 500):
            plan = StepPlan(lengths, 100, budget, seed=0, world_size=size)
            shares = [tally(plan.cut(plan.samples(0), rank)) for rank in range(size)]
            assert sum(shares) % TALLY_RANGE == whole


def test_a_row_lost_repeated_or_exchanged_shows() -> None:
    """Danger: a sum of row numbers alone, for which rows 1 and 4 are as good as 2 and 3."""
    whole = tally([np.arange(64)])
    assert 0 < whole < TALLY_RANGE
    assert all(tally([np.delete(np.arange(64), row)]) != whole for row in range(64))
    assert all(tally([np.append(np.arange(64), row)]) != whole for row in range(64))
    assert tally([np.array([1, 4])]) != tally([np.array([2, 3])])
    assert tally([np.array([0])]) != tally([np.array([0, 0])]) != tally([])
    assert tally([np.arange(0)]) == tally([]) == 0
