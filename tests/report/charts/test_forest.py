"""Values with their intervals."""

from __future__ import annotations

import math
import re

import pytest

from tunewright.report.charts.axis import WIDTH
from tunewright.report.charts.forest import Interval, forest, strip

A = Interval("Tuned", 0.9, 0.88, 0.92, "90.0%", strong=True)
B = Interval("Base <1>", 0.7, 0.65, 0.75, "70.0%")


def whiskers(picture: str) -> list[tuple[float, float]]:
    lines = re.findall(r'<line class="whisker[^>]*>', picture)
    found = [(re.search(r'x1="([\d.]+)"', line)[1], re.search(r'x2="([\d.]+)"', line)[1]) for line in lines]
    return [(float(low), float(high)) for low, high in found]


def test_overlap_is_drawn_as_overlap():
    """The picture's whole claim is which intervals touch."""
    (tuned, base) = whiskers(forest([A, B], "l", "Accuracy"))
    assert base[1] < tuned[0]
    wide = Interval("Base", 0.7, 0.5, 0.89)
    (tuned, base) = whiskers(forest([A, wide], "l", "Accuracy"))
    assert base[1] > tuned[0]


def test_words_are_there_and_escaped():
    """Names of baselines may come from a third party's probe."""
    picture = forest([A, B], "label", "Accuracy", tick=lambda v: f"{100 * v:.0f}%")
    assert ">Base &lt;1&gt;</text>" in picture
    assert ">90.0%</text>" in picture
    assert ">80%</text>" in picture
    assert 'class="name strong"' in picture


def test_zero_is_shown_for_differences():
    """Without the line at zero nobody sees whether a difference may be chance."""
    picture = forest([Interval("x", 0.05, 0.02, 0.08)], "l", "points", zero=True)
    assert 'class="axis"' in picture
    assert ">0</text>" in picture


def test_what_has_no_interval_is_a_dot():
    """A whisker of no length looks like certainty."""
    for low, high in ((0.9, 0.9), (math.nan, math.nan)):
        picture = forest([Interval("x", 0.9, low, high), B], "l", "t")
        assert len(whiskers(picture)) == 1
        assert picture.count("<circle") == 2


def test_strips_are_hidden_from_screen_readers():
    """The figures stand in the table's cells already; a picture without words would only be noise."""
    picture = strip([A, B, Interval("none", math.nan, math.nan, math.nan)], (0.0, 1.0))
    assert 'aria-hidden="true"' in picture
    assert picture.count("<circle") == 2
    assert len(whiskers(picture)) == 2
    assert strip([Interval("x", 0.5, math.nan, 1.0)], (0, 1)).count("whisker") == 0


def test_no_tick_is_cut_off_at_an_edge():
    """An axis that ends in "+2" where "+20" is meant is read as a tenth."""
    drawn = str(
        forest([Interval("a", 15.0, 10.0, 20.0)], "label", "points", zero=True, tick=lambda v: f"+{v:.0f} points")
    )
    marks = re.findall(r'<text class="tick( mid| end|)"[^>]*x="([\d.]+)"[^>]*>([^<]*)<', drawn)
    assert len(marks) > 2
    for anchor, place, text in marks:
        before = {"": 0.0, " mid": 0.5, " end": 1.0}[anchor] * 7 * len(text)
        assert float(place) - before >= 0
        assert float(place) - before + 7 * len(text) <= WIDTH


@pytest.mark.parametrize("value", [0.0, 0.98, 1.0])
def test_an_axis_ends_where_values_end(value: float) -> None:
    """Danger: a share of 110%, which nobody who shows the report to others can explain."""
    drawn = str(
        forest([Interval("tuned", value, value, value)], "shares", "%", within=(0.0, 1.0), tick="<{:.2f}>".format)
    )
    marks = [float(found) for found in re.findall(r"&lt;(-?[0-9.]+)&gt;", drawn)]
    assert marks and min(marks) >= 0.0 and max(marks) <= 1.0
