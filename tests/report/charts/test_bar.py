"""Bars and columns."""

from __future__ import annotations

import re

from tunewright.report.charts.bar import Limit, bar, columns


def width(picture: str) -> float:
    return float(re.search(r'<rect[^>]* width="([\d.]+)"', picture)[1])


def test_bars_are_in_proportion():
    """Twice the rows, twice the bar; one row among thousands must still be seen."""
    assert width(bar(50, 100)) == width(bar(100, 100)) / 2
    assert width(bar(1, 1_000_000)) == 1
    assert width(bar(0, 100)) == 0
    assert width(bar(0, 0)) == 0
    assert "weak" in bar(1, 1, strong=False)


def test_columns_beyond_the_limit_stand_out():
    """What is cut away is the reason for drawing the picture at all."""
    picture = columns([0, 10, 20, 30, 40], [5, 9, 3, 1], "label", "tokens", limit=Limit(20, "limit: 20"))
    assert picture.count("bar strong") == 2
    assert picture.count("bar over") == 2
    assert ">limit: 20</text>" in picture
    assert "<title>10 to 20: 9 rows</title>" in picture


def test_the_limit_is_placed_between_unequal_borders():
    """Columns are drawn equally wide, so the limit's place must follow the borders, not a straight scale."""

    def place(limit: float) -> float:
        picture = columns([0, 10, 100, 1000], [5, 9, 3], "label", "tokens", limit=Limit(limit, "limit"))
        return float(re.search(r'class="best" x1="([\d.]+)"', picture)[1])

    third = (place(1000) - place(0)) / 3
    assert abs(place(55) - place(0) - 1.5 * third) < 0.2
    assert "best" not in columns([0, 10], [5], "l", "tokens", limit=Limit(512, "limit"))


def test_heights_and_ticks():
    """An axis of rows has whole numbers and reaches over the highest column."""
    picture = columns([0.0, 0.5, 1.0], [1, 3], "label", "stars")
    heights = [float(h) for h in re.findall(r'class="bar strong"[^>]* height="([\d.]+)"', picture)]
    assert abs(heights[1] - 3 * heights[0]) < 0.3
    assert ">0.5</text>" in picture
    assert columns([0.0, 1.0], [0], "label", "x").count("<rect") == 0
    assert columns([1.0, 1.0], [4], "label", "x").count("<rect") == 1


def test_a_row_as_long_as_the_limit_is_not_beyond_it():
    """Danger: rows that are read whole are drawn as if their ends were lost."""
    picture = columns([5, 6, 7, 8], [5, 9, 3], "label", "tokens", limit=Limit(6, "limit: 6"), whole=True)
    assert picture.count("bar strong") == 2 and picture.count("bar over") == 1
    assert "<title>6: 9 rows</title>" in picture and "<title>5 to 6" not in picture
    line = float(re.search(r'class="best" x1="([\d.]+)"', picture)[1])
    columns_of = [
        (float(x), float(wide)) for x, wide in re.findall(r'<rect[^>]* x="([\d.]+)"[^>]* width="([\d.]+)"', picture)
    ]
    assert columns_of[1][0] + columns_of[1][1] <= line <= columns_of[2][0]
