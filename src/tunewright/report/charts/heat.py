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

__all__ = ["bare_heat_map", "heat_map"]

_LEVELS = (0.12, 0.2, 0.3, 0.4, 0.5, 0.62, 0.88, 1.0)
"""Opacities. None lies between 0.62 and 0.88: there neither dark nor light numbers could be read."""
_BLOCKS = 100
_NAME = 19


def heat_map(labels: Sequence[str], counts: Sequence[Sequence[int]], label: str) -> Html:
    """Every cell with its number. Columns carry their class's number, rows its name too: no text is turned."""
    size = 38 if len(labels) <= 12 else 30
    left = 40 + max(_width(cut(visible(name), _NAME)) for name in labels)
    table = np.array(counts, dtype=float)
    sums = table.sum(axis=1)
    names, cells = [], []
    for row, name in enumerate(labels):
        middle = 24 + size * row + size / 2 + 4.5
        written = tag("text", cut(visible(name), _NAME), class_="tick end", x=left - 32, y=middle)
        number = tag("text", row + 1, class_="tick end number", x=left - 8, y=middle)
        head = tag("text", row + 1, class_="tick mid number", x=left + size * row + size / 2, y=16)
        names += [written, number, head]
        for column, other in enumerate(labels):
            rows = int(table[row, column])
            if rows:
                part = rows / sums[row]
                where = (left + size * column, 24 + size * row)
                told = f"{_told(name)} taken for {_told(other)}" if row != column else f"{_told(name)}, right"
                cells.append(_cell(where, size, row == column, part, rows, f"{told}: {count(rows)} ({share(part)})"))
    edge = size * len(labels)
    border = tag("rect", class_="border", x=left, y=24, width=edge, height=edge)
    return canvas(label, names, border, cells, width=left + edge + 2, height=26 + edge, class_="chart fixed")


def _told(name: str) -> str:
    return cut(visible(name), 60)


def _width(text: str) -> float:
    """About how wide a label is at 12 pixels; Chinese, Japanese and Korean letters are as wide as high."""
    return sum(12.5 if unicodedata.east_asian_width(letter) in "WF" else 7.0 for letter in text)


def _cell(where: tuple[float, float], size: float, right: bool, part: float, rows: int, told: str) -> Html:
    opacity = _LEVELS[_level(part)]
    x, y = where
    square = tag(
        "rect",
        class_="right" if right else "wrong",
        fill_opacity=f"{opacity:g}",
        x=x + 1,
        y=y + 1,
        width=size - 2,
        height=size - 2,
    )
    number = tag("text", rows, class_="cell on" if opacity > 0.7 else "cell", x=x + size / 2, y=y + size / 2 + 4.5)
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
