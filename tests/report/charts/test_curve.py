"""Lines over the steps of a training."""

from __future__ import annotations

import re

import numpy as np

from tunewright.report.charts.curve import Line, line_chart

STEPS = np.arange(1.0, 101.0)


def points(picture: str, style: str) -> list[tuple[float, float]]:
    path = re.search(rf'class="curve {style}" d="([^"]*)"', picture)[1]
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", path)]


def test_a_falling_loss_falls():
    """SVG counts downwards: a sign too few shows a failing run as a good one."""
    drawn = points(line_chart([Line(STEPS, np.linspace(3, 1, 100), "first")], "l", "loss", 100.0), "first")
    assert drawn[0][1] < drawn[-1][1]
    assert drawn[0][0] < drawn[-1][0]


def test_holes_are_left_out_and_spikes_do_not_flatten_the_rest():
    """One wild step would press all others into a flat line."""
    raw = np.ones(100)
    raw[10], raw[20] = 1e6, np.nan
    smooth = np.linspace(2, 1, 100)
    drawn = line_chart([Line(STEPS, raw, "raw"), Line(STEPS, smooth, "first")], "l", "loss", 100.0)
    assert "nan" not in drawn
    first = points(drawn, "first")
    assert first[-1][1] - first[0][1] > 100


def test_the_best_step_is_marked_inside_the_picture():
    """A mark at the last step must not have its words cut off at the border."""
    line = [Line(STEPS, STEPS / 100, "second", points=True)]
    early = line_chart(line, "l", "Accuracy", 100.0, best=10, percent=True)
    late = line_chart(line, "l", "Accuracy", 100.0, best=100, percent=True)
    assert 'class="note"' in early
    assert 'class="note end"' in late
    assert "best: step 100" in late
    assert ">50%</text>" in late
    assert late.count("<circle") == 100


def test_narrow_percentages_get_decimals():
    """Between 91.0% and 92.0% an axis in whole percents would repeat itself."""
    assert ">91.5%</text>" in line_chart(
        [Line(STEPS, np.linspace(0.91, 0.92, 100), "second")], "l", "a", 100.0, percent=True
    )


def test_empty_lines():
    """Validation may not have been measured yet."""
    nothing = Line(np.zeros(0), np.zeros(0), "second")
    hole = Line(STEPS, np.full(100, np.nan), "first")
    assert "curve" not in line_chart([nothing, hole], "l", "loss", 100.0)


def test_a_share_never_passes_its_whole():
    """Danger: an accuracy of 100% under an axis that goes on to 111%."""
    steps = np.array([1.0, 2.0])
    picture = line_chart([Line(steps, np.array([1.0, 1.0]), "second")], "label", "Accuracy", 2.0, percent=True)
    assert "100%" in picture and "110%" not in picture
    above = line_chart([Line(steps, np.array([0.9, 1.2]), "second")], "label", "TER", 2.0, percent=True)
    assert "120%" in above
