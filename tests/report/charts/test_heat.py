"""The confusion matrix as a picture."""

from __future__ import annotations

import itertools
import re

import numpy as np

from tunewright.report.charts.heat import bare_heat_map, heat_map, names_fit


def cells(picture: str) -> dict[str, float]:
    """What each cell says to its opacity."""
    found = re.findall(r'<title>([^<]*)</title><rect class="\w+" fill-opacity="([\d.]+)"', picture)
    return {title: float(opacity) for title, opacity in found}


def test_rows_are_the_truth():
    """Read the other way round, the matrix blames the wrong class."""
    picture = heat_map(["a", "b"], [[8, 2], [0, 5]], "label")
    found = cells(picture)
    assert set(found) == {"a, right: 8 (80.0%)", "a taken for b: 2 (20.0%)", "b, right: 5 (100.0%)"}
    wrong = re.search(r'class="wrong"[^>]* x="([\d.]+)" y="([\d.]+)"', picture)
    right = re.findall(r'class="right"[^>]* x="([\d.]+)" y="([\d.]+)"', picture)
    assert (wrong[1], wrong[2]) == (right[1][0], right[0][1])


def test_shades_grow_with_the_share_of_the_row():
    """By counts, a rare class that is never found would look harmless beside a common one."""
    found = cells(heat_map(["a", "b"], [[9000, 100], [9, 1]], "label"))
    assert found["b taken for a: 9 (90.0%)"] > found["a taken for b: 100 (1.1%)"]


def test_numbers_can_be_read_on_every_shade():
    """Between light and dark shades neither black nor white numbers have contrast: that range is left out."""
    rows = [[i, 100 - i] for i in range(1, 100)]
    for row in rows:
        for opacity in cells(heat_map(["a", "b"], [row, [0, 1]], "l")).values():
            assert not 0.65 < opacity < 0.85


def test_hostile_and_empty(hostile):
    """Labels are users' text; a class without a test row must not divide by zero."""
    picture = heat_map(list(hostile), np.zeros((len(hostile), len(hostile)), dtype=int).tolist(), "label")
    assert "<script" not in picture
    assert "<iframe" not in picture
    assert "fill-opacity" not in picture


def test_wide_letters_get_room():
    """Chinese labels are twice as wide: they must not run out of the picture."""

    def left(name: str) -> float:
        return float(re.search(r'class="border" x="([\d.]+)"', heat_map([name], [[1]], "l"))[1])

    assert left("客户服务退款") > left("abcdef") + 20


def test_many_classes_stay_small():
    """A thousand classes are a million cells: shared cells and one path a shade keep the page light."""
    table = np.random.default_rng(0).integers(0, 3, (1000, 1000))
    picture = bare_heat_map(table.tolist(), "label")
    assert len(picture) < 400_000
    assert picture.count("<path") <= 16


def test_the_diagonal_stays_visible_in_a_bare_map():
    """Right answers are blue in both pictures."""
    picture = bare_heat_map(np.diag([5] * 30).tolist(), "label")
    assert picture.count('class="right"') == 1
    assert 'class="wrong"' not in picture


def test_a_name_takes_no_more_room_than_its_column():
    """Two names that overlap are two names that nobody can read; Chinese letters are as wide as high."""
    for labels in (["positive", "negative"], ["内科门诊", "外科", "儿科"], ["a", "b"]):
        assert names_fit(labels)
        counts = np.eye(len(labels), dtype=int).tolist()
        picture = heat_map(labels, counts, "l")
        heads = [float(x) for x in re.findall(r'class="tick mid" x="([\d.]+)"', picture)]
        longest = max(sum(12.5 if ord(c) > 0x2E80 else 7.0 for c in label) for label in labels)
        assert len(heads) == len(labels)
        assert all(right - left > longest for left, right in itertools.pairwise(heads))
    assert not names_fit(["a class of a very long name"] * 5)
    assert not names_fit([f"class {n}" for n in range(20)])
