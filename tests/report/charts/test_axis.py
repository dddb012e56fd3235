"""Scales, ticks and frames."""

from __future__ import annotations

import math

import pytest

from tunewright.report.charts.axis import Scale, canvas, frame, span, tick_text, ticks


def test_values_beyond_the_ends_stay_in_the_picture():
    """A loss spike of 1e9 must not be drawn across the rest of the page."""
    scale = Scale(0, 10, 100, 0)
    assert [scale(v) for v in (0, 5, 10, 1e9, -3)] == [100, 50, 0, 0, 100]
    assert Scale(1, 1, 0, 10)(1) == 5


@pytest.mark.parametrize(
    ("values", "options", "expected"),
    [
        ([1, 3], {}, (1, 3)),
        ([1, 3], {"zero": True}, (0, 3)),
        ([0, 10], {"around": 0.1}, (-1, 11)),
        ([0, 10], {"around": 0.1, "zero": True}, (0, 11)),
        ([], {}, (0, 1)),
        ([math.nan, math.inf, 2, 4], {}, (2, 4)),
        ([0], {"zero": True}, (0, 1)),
    ],
)
def test_span(values, options, expected):
    """Equal ends would divide by zero, and one infinite value would flatten the whole curve."""
    assert span(values, **options) == pytest.approx(expected)


def test_span_of_one_value_is_not_empty():
    """A validation metric measured once is a line of one point."""
    low, high = span([0.5])
    assert low < 0.5 < high


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 100, [0, 20, 40, 60, 80, 100]),
        (0, 0.93, [0, 0.2, 0.4, 0.6, 0.8]),
        (-3, 3, [-2, 0, 2]),
        (0, 100_000, [0, 20_000, 40_000, 60_000, 80_000, 100_000]),
        (1, 1, [1]),
        (0, 2e-4, [0, 5e-5, 1e-4, 1.5e-4, 2e-4]),
        (math.nan, 1, [math.nan]),
    ],
)
def test_ticks_are_round(low, high, expected):
    """Nobody can read a value off an axis that is marked at 0, 17.3, 34.6."""
    assert ticks(low, high) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 0.2, 0.4], ["0", "0.2", "0.4"]),
        ([0, 0.25], ["0", "0.2"]),
        ([-5, 0, 5], ["−5", "0", "5"]),
        ([0, 20_000], ["0", "20k"]),
        ([0, 1e-4], ["0", "1e-4"]),
        ([3], ["3"]),
    ],
)
def test_tick_texts(values, expected):
    """Ticks must be told apart without a row of zeros."""
    assert [tick_text(values)(v) for v in values] == expected


def test_a_frame_says_what_it_shows():
    """A chart without titles and units is decoration."""
    across, down, axes = frame((0, 10), (0, 1), "optimizer step", "loss", size=(200, 100))
    assert across(10) == 186
    assert down(0) > down(1)
    assert ">optimizer step</text>" in axes
    assert ">loss</text>" in axes
    assert 'aria-label="a &lt;b&gt;"' in canvas("a <b>", axes)
