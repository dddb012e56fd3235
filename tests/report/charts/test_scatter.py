"""Predictions against the truth."""

from __future__ import annotations

import math
import re

from tunewright.report.charts.scatter import scatter


def test_a_right_prediction_lies_on_the_diagonal():
    """On unequal axes the diagonal would be a lie."""
    picture = scatter([(0.0, 0.0), (10.0, 10.0), (5.0, 5.0)], "label", "stars")
    x1, x2, y1, y2 = map(
        float, re.search(r'class="best" x1="([\d.]+)" x2="([\d.]+)" y1="([\d.]+)" y2="([\d.]+)"', picture).groups()
    )
    for x, y in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', picture):
        along = (float(x) - x1) / (x2 - x1)
        assert abs(float(y) - (y1 + along * (y2 - y1))) < 0.3
    assert abs((x2 - x1) - (y1 - y2)) < 0.3


def test_names_and_holes():
    """Units belong on both axes; a NaN has no place."""
    picture = scatter([(1.0, 2.0), (math.nan, 1.0), (3.0, math.inf)], "label", "<stars>")
    assert picture.count("<circle") == 1
    assert ">truth (&lt;stars&gt;)</text>" in picture
    assert ">prediction</text>" in scatter([], "label", "")
