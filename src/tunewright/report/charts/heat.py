"""The confusion matrix as a heat map: with numbers for few classes, a bare picture for many."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from tunewright.report.charts.axis import canvas
from tunewright.report.figures import count, share
from tunewright.report.html import Html, tag
from tunewright.report.plain import cut, visible

__all__ = ["bare_heat_map", "heat_map", "names_fit"]

_LEVELS = (0.12, 0.2, 0.3, 0.4, 0.5, 0.62, 0.88, 1.0)
"""Opacities. None lies between 0.62 and 0.88: there neither dark nor light numbers could be read."""
_BLOCKS = 100
_NAME = 19
_ROOM = 700
"""Pixels for rows' names and columns: what a page shows without scrolling."""
_GAP = 12


def names_fit(labels: Sequence[str]) -> bool:
    """Whether the columns can carry the names of their classes beside one another."""
    longest = max(_width(_short(name)) for name in labels)
    return longest + _GAP + len(labels) * (longest + _GAP) <= _ROOM


def heat_map(labels: Sequence[str], counts: Sequence[Sequence[int]], label: str) -> Html:
    """Every cell with its number. Rows and columns carry the names of their classes; where those of the columns do not
    fit they carry numbers, and the rows both: no text is turned."""
    longest = max(_width(_short(name)) for name in labels)
    named = names_fit(labels)
    high = 38 if len(labels) <= 12 else 30
    wide = max(high, longest + _GAP) if named else high
    left = longest + (_GAP if named else 40)
    table = np.array(counts, dtype=float)
    sums = table.sum(axis=1)
    names, cells = [], []
    for row, name in enumerate(labels):
        middle = 24 + high * row + high / 2 + 4.5
        names.append(tag("text", _short(name), class_="tick end", x=left - (8 if named else 32), y=middle))
        if not named:
            names.append(tag("text", row + 1, class_="tick end number", x=left - 8, y=middle))
        head, kind = (_short(name), "tick mid") if named else (row + 1, "tick mid number")
        names.append(tag("text", head, class_=kind, x=left + wide * row + wide / 2, y=16))
        for column, other in enumerate(labels):
            rows = int(table[row, column])
            if rows:
                part = rows / sums[row]
                where = (left + wide * column, 24 + high * row, wide, high)
                told = f"{_told(name)} taken for {_told(other)}" if row != column else f"{_told(name)}, right"
                cells.append(_cell(where, row == column, part, rows, f"{told}: {count(rows)} ({share(part)})"))
    width, height = wide * len(labels), high * len(labels)
    border = tag("rect", class_="border", x=left, y=24, width=width, height=height)
    return canvas(label, names, border, cells, width=left + width + 2, height=26 + height, class_="chart fixed")


def _short(name: str) -> str:
    return cut(visible(name), _NAME)


def _told(name: str) -> str:
    return cut(visible(name), 60)


def _width(text: str) -> float:
    """About how wide a label is at 12 pixels; Chinese, Japanese and Korean letters are as wide as high."""
    return sum(12.5 if unicodedata.east_asian_width(letter) in "WF" else 7.0 for letter in text)


def _cell(where: tuple[float, float, float, float], right: bool, part: float, rows: int, told: str) -> Html:
    """One cell at (left, top, width, height)."""
    opacity = _LEVELS[_level(part)]
    x, y, width, height = where
    square = tag(
        "rect",
        class_="right" if right else "wrong",
        fill_opacity=f"{opacity:g}",
        x=x + 1,
        y=y + 1,
        width=width - 2,
        height=height - 2,
    )
    number = tag("text", rows, class_="cell on" if opacity > 0.7 else "cell", x=x + width / 2, y=y + height / 2 + 4.5)
    return tag("g", tag("title", told), square, number)


def bare_heat_map(counts: Sequence[Sequence[int]], label: str) -> Html:
    """Shades alone, for many classes; beyond a hundred, neighbouring classes share a cell."""
    table = np.array(counts, dtype=float)
    sums = table.sum(axis=1, keepdims=True)
    shares = np.divide(table, sums, out=np.zeros_like(table), where=sums > 0)
    step = -(-len(table) // _BLOCKS)
    if step > 1:
        borders = np.arange(0, len(table), step)
        shares = np.add.reduceat(np.add.reduceat(shares, borders, axis=0), borders, axis=1) / step
    blocks = len(shares)
    cell = max(3.0, 420 / blocks)
    paths: dict[tuple[bool, int], list[str]] = defaultdict(list)
    for row, column in np.argwhere(shares > 0).tolist():
        place = f"M{column * cell:.1f} {row * cell:.1f}h{cell:.1f}v{cell:.1f}h-{cell:.1f}z"
        paths[row == column, _level(min(1.0, float(shares[row, column])))].append(place)
    drawn = [
        tag("path", class_="right" if right else "wrong", fill_opacity=f"{_LEVELS[level]:g}", d="".join(places))
        for (right, level), places in sorted(paths.items())
    ]
    edge = cell * blocks
    return canvas(
        label, tag("rect", class_="border", x=0, y=0, width=edge, height=edge), drawn, width=edge, height=edge
    )


def _level(part: float) -> int:
    """The root makes small confusions visible; the caption says so."""
    return min(len(_LEVELS) - 1, int(part**0.5 * len(_LEVELS)))
