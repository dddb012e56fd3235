from __future__ import annotations

import numpy as np
import pytest

from tunewright.metrics import bootstrap


def test_draws_are_bootstrap_counts_and_repeatable() -> None:
    """Counts that do not sum to n, or differ between two models, make an interval of something else."""
    counts = bootstrap.draws(200, 500, seed=7)
    assert counts.shape == (500, 200) and (counts.sum(axis=1) == 200).all()
    np.testing.assert_array_equal(counts, bootstrap.draws(200, 500, seed=7))
    assert (counts != bootstrap.draws(200, 500, seed=8)).any()
    assert abs((counts == 0).mean() - (1 - 1 / 200) ** 200) < 0.01
    assert abs(counts.var() - (1 - 1 / 200)) < 0.02


def test_resampled_is_the_same_in_blocks(monkeypatch) -> None:
    """Blocks bound the memory; they must not change which rows are drawn between values of one call."""
    monkeypatch.setattr(bootstrap, "_BLOCK", 64)
    counts = bootstrap.draws(20, 10, seed=0)
    found = bootstrap.resampled(lambda weights: {"first": weights[:, 0], "rows": weights}, 20, 10, seed=0)
    np.testing.assert_array_equal(found["first"], counts[:, 0])
    np.testing.assert_array_equal(found["rows"], counts)


def test_interval_covers_as_often_as_it_says() -> None:
    """An interval that covers the truth 80% of the time while it says 95% is a wrong number."""
    generator = np.random.default_rng(0)
    covered = 0
    for trial in range(200):
        rows = generator.random(150) < 0.8
        low, high = bootstrap.interval(bootstrap.draws(150, 300, seed=trial) @ rows / 150)
        covered += low <= 0.8 <= high
    assert 180 <= covered <= 199


def test_interval_leaves_undefined_values_out() -> None:
    """One nan among a thousand draws must not make the whole interval nan."""
    values = np.concatenate([np.arange(101.0), [np.nan] * 5])
    np.testing.assert_allclose(bootstrap.interval(values), (2.5, 97.5))
    np.testing.assert_allclose(bootstrap.interval(values, level=0.5), (25.0, 75.0))
    assert np.isnan(bootstrap.interval(np.full(3, np.nan))).all()


def test_difference_is_positive_when_ours_is_better() -> None:
    """A sign turned the wrong way for errors would call the worse model the better one."""
    ours, theirs = np.array([0.9, 0.8]), np.array([0.7, 0.9])
    np.testing.assert_allclose(bootstrap.difference(ours, theirs, higher_is_better=True), [0.2, -0.1])
    np.testing.assert_allclose(bootstrap.difference(ours, theirs, higher_is_better=False), [-0.2, 0.1])


@pytest.mark.parametrize(("rows", "resamples"), [(0, 5), (5, 0)])
def test_refuses_nothing_to_draw(rows, resamples) -> None:
    """An interval of no draws would be nan without a reason."""
    with pytest.raises(ValueError, match="at least"):
        bootstrap.draws(rows, resamples, seed=0)
