"""The journal as curves."""

from __future__ import annotations

import math

import numpy as np

from tunewright.report.curves import Curves, curves, smooth, thin


def test_a_step_done_twice_counts_once():
    """After a resume the same step may stand in the journal twice: the curve must not run backwards."""
    events = [
        {"event": "step", "step": 1, "loss": 3.0},
        {"event": "step", "step": 2, "loss": 9.0},
        {"event": "resume", "step": 1},
        {"event": "step", "step": 2, "loss": 2.0, "learning_rate": 1e-4, "grad_norm": None},
        {"event": "note", "text": "the budget was halved"},
        {"event": "validation", "step": 2, "metrics": {"loss": 1.5, "accuracy": "bad"}, "best": True},
        {"event": "validation", "step": 2},
        {"event": "step"},
        {"event": "end"},
    ]
    made = curves(events)
    assert made.steps.tolist() == [1, 2]
    assert made.values["loss"].tolist() == [3.0, 2.0]
    assert math.isnan(made.values["grad_norm"][1])
    assert made.resumed == (1,)
    assert made.notes == ("the budget was halved",)
    assert made.best_step == 2
    steps, values = made.validation("loss")
    assert (steps.tolist(), values.tolist()) == ([2], [1.5])
    assert math.isnan(made.validation("accuracy")[1][0])
    assert made.validation("f1")[0].shape == (0,)


def test_an_empty_journal():
    """A run that died before its first step still gets a report."""
    assert curves([]).steps.shape == (0,)
    assert Curves().best_step is None


def test_smoothing_is_unbiased_and_passes_over_holes():
    """Plain exponential averages start near zero and one NaN would erase the rest of the curve."""
    assert np.allclose(smooth(np.full(200, 2.0)), 2.0)
    values = np.full(50, 2.0)
    values[[0, 7, 8]] = [np.nan, np.nan, np.inf]
    smoothed = smooth(values)
    assert math.isnan(smoothed[0])
    assert np.allclose(smoothed[1:], 2.0)


def test_thinning_keeps_the_spike():
    """A loss spike of one step is the very thing that a reader looks for."""
    y = np.ones(100_000)
    y[54_321], y[77_777] = 9.0, np.nan
    x, thinned = thin(np.arange(100_000.0), y, 600)
    assert len(x) <= 602
    assert thinned.max() == 9.0
    assert x[thinned.argmax()] == 54_321
    assert np.all(np.diff(x) > 0)
    assert thin(np.arange(3.0), np.ones(3), 600)[0].tolist() == [0, 1, 2]
