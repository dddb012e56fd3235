from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as reference

from tunewright.metrics import bootstrap, regression


@st.composite
def measured(draw: st.DrawFn):
    rows = draw(st.integers(2, 40))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    truth = np.round(generator.normal(size=rows), draw(st.integers(0, 6))) * draw(st.sampled_from([1e-6, 1.0, 1e9]))
    truth = truth + draw(st.sampled_from([0.0, 100.0]))
    scores = truth + np.round(generator.normal(size=rows), draw(st.integers(0, 6)))
    return truth, scores, generator.multinomial(rows, np.full(rows, 1 / rows), size=4), generator.random((3, rows))


@settings(max_examples=40, deadline=None)
@given(measured())
def test_values_equal_scikit_learn_and_scipy(case) -> None:
    """A vectorised formula that is right on plain rows and wrong on re-weighted ones makes every interval wrong."""
    truth, scores, counts, weights = case
    plain = np.concatenate([np.ones((1, len(truth)), dtype=np.int64), counts])
    found = regression.values(truth, scores, plain)
    assert set(found) == set(regression.NAMES)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for index, count in enumerate(plain):
            x, y = np.repeat(truth, count), np.repeat(scores, count)
            varied = len(set(x)) > 1
            both = varied and len(set(y)) > 1
            wanted = {
                "rmse": reference.root_mean_squared_error(x, y),
                "mae": reference.mean_absolute_error(x, y),
                "r2": reference.r2_score(x, y) if varied else np.nan,
                "pearson": stats.pearsonr(x, y).statistic if both else np.nan,
                "spearman": stats.spearmanr(x, y).statistic if both else np.nan,
            }
            for name, value in wanted.items():
                np.testing.assert_allclose(found[name][index], value, rtol=1e-6, atol=1e-9, err_msg=name)
        found = regression.values(truth, scores, weights)
        for index, weight in enumerate(weights):
            shared = {"sample_weight": weight}
            np.testing.assert_allclose(found["rmse"][index], reference.root_mean_squared_error(truth, scores, **shared))
            np.testing.assert_allclose(found["mae"][index], reference.mean_absolute_error(truth, scores, **shared))
            if len(set(truth)) > 1:
                wanted = reference.r2_score(truth, scores, **shared)
                np.testing.assert_allclose(found["r2"][index], wanted, rtol=1e-6, atol=1e-9)


def test_fractional_weights_scale_like_counts() -> None:
    """Ranks built for whole counts can be wrong for any other weight; half of each count must change nothing."""
    generator = np.random.default_rng(0)
    truth, scores = np.round(generator.normal(size=50), 1), np.round(generator.normal(size=50), 1)
    counts = bootstrap.draws(50, 10, seed=0)
    whole, half = regression.values(truth, scores, counts), regression.values(truth, scores, counts * 0.5)
    for name in regression.NAMES:
        np.testing.assert_allclose(whole[name], half[name], rtol=1e-12, err_msg=name)


def test_undefined_is_nan_and_not_a_lucky_figure() -> None:
    """A variance of a constant, computed in floating point, is a tiny number: r2 and correlations become noise."""
    ones = np.ones((1, 7))
    constant = regression.values(np.full(7, 0.1), np.linspace(0, 1, 7), ones / 3)
    assert np.isnan([constant[name][0] for name in ("r2", "pearson", "spearman")]).all()
    assert constant["rmse"] > 0
    generator = np.random.default_rng(0)
    weights = generator.random((50, 400))
    for value in (0.1, 1 / 3, 1e9 + 0.1):
        found = regression.values(np.full(400, value), generator.random(400), weights)
        assert np.isnan([found[name] for name in ("r2", "pearson", "spearman")]).all()
    flat = regression.values(np.linspace(0, 1, 7), np.full(7, 0.1), ones / 3)
    assert np.isnan(flat["pearson"][0]) and np.isnan(flat["spearman"][0]) and flat["r2"] < 0
    one = regression.values(np.array([2.0]), np.array([3.0]), np.ones((1, 1)))
    assert one["rmse"] == 1 and one["mae"] == 1 and np.isnan(one["r2"][0])


def test_huge_and_tiny_targets_do_not_overflow() -> None:
    """Squares of revenues in dong, or of concentrations in mol, leave float64 if they are multiplied carelessly."""
    line = np.array([1.0, 2.0, 3.0, 5.0])
    for unit in (1e-140, 1e140):
        found = regression.values(line * unit, line * 2 * unit, np.ones((1, 4)))
        np.testing.assert_allclose([found["pearson"][0], found["spearman"][0]], 1.0)


@pytest.mark.parametrize(
    ("truth", "scores", "message"),
    [([1.0, 2.0], [[1.0], [2.0]], "must both be"), ([1.0, np.nan], [1, 2], "not finite")],
)
def test_refuses_what_would_be_measured_wrong(truth, scores, message) -> None:
    """(n,) minus (n, 1) broadcasts to (n, n) without a word: the error of every row against every other."""
    with pytest.raises(ValueError, match=message):
        regression.values(np.array(truth), np.array(scores), np.ones((1, 2)))
