"""A bar for a table's cell, and columns over an axis."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tunewright.report.bins import is_beyond, whole_numbers
from tunewright.report.charts.axis import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Scale, canvas, tick_text, ticks
from tunewright.report.figures import count, counted
from tunewright.report.html import Html, join, tag

__all__ = ["Limit", "bar", "columns"]


@dataclass(frozen=True, slots=True)
class Limit:
    """A border to be marked in a chart of columns."""

    value: float
    text: str


def bar(value: float, largest: float, width: float = 220, strong: bool = True) -> Html:
    """A horizontal bar, hidden from screen readers: its figure stands beside it."""
    length = max(1.0, width * value / largest) if value > 0 and largest > 0 else 0.0
    drawn = tag("rect", class_="bar strong" if strong else "bar weak", x=0, y=1, width=length, height=10, rx=1.5)
    return tag("svg", drawn, class_="strip", aria_hidden="true", viewBox=f"0 0 {width:g} 12", width=width, height=12)


def columns(
    edges: Sequence[float],
    counts: Sequence[int],
    label: str,
    x_title: str,
    *,
    limit: Limit | None = None,
    text: Callable[[float], str] | None = None,
    whole: bool = False,
) -> Html:
    """A histogram. Columns are equally wide whatever their borders: the borders are written under them.

    With `whole` each column holds the whole numbers from its border up to below the next.
    """
    number = len(counts)
    across = Scale(0, number, LEFT, WIDTH - RIGHT)
    marks = [v for v in ticks(0, max([*counts, 4]), 4) if v == int(v)]
    marks += [marks[-1] + marks[1]] if marks[-1] < max(counts, default=0) else []
    down = Scale(0, marks[-1], HEIGHT - BOTTOM, TOP)
    written = tick_text(marks)
    rules = [
        (
            tag("line", class_="rule", x1=LEFT, x2=WIDTH - RIGHT, y1=down(v), y2=down(v)),
            tag("text", written(v), class_="tick end", x=LEFT - 8, y=down(v) + 4),
        )
        for v in marks
    ]
    write = text or _edge_text(edges)
    held = whole_numbers if whole else lambda low, high: f"{write(low)} to {write(high)}"
    every = max(1, -(-number // 6))
    borders = [
        tag("text", write(edges[i]), class_="tick mid", x=across(i), y=HEIGHT - BOTTOM + 18)
        for i in range(0, number + 1, every)
    ]
    bars = [
        tag(
            "rect",
            tag("title", f"{held(edges[i], edges[i + 1])}: {counted(rows, 'row')}"),
            class_="bar over"
            if is_beyond(edges[i], edges[i + 1], limit.value if limit else None, whole)
            else "bar strong",
            x=across(i) + 0.75,
            y=down(rows),
            width=max(0.5, across(i + 1) - across(i) - 1.5),
            height=max(0.0, HEIGHT - BOTTOM - down(rows)),
        )
        for i, rows in enumerate(counts)
        if rows
    ]
    axis = tag("line", class_="axis", x1=LEFT, x2=WIDTH - RIGHT, y1=HEIGHT - BOTTOM, y2=HEIGHT - BOTTOM)
    titles = (
        tag("text", "rows", class_="title", x=0, y=14),
        tag("text", x_title, class_="title end", x=WIDTH - RIGHT, y=HEIGHT - 6),
    )
    return canvas(label, rules, borders, bars, axis, titles, _limit(limit, edges, across, whole))


def _limit(limit: Limit | None, edges: Sequence[float], across: Scale, whole: bool) -> Html | None:
    """The limit's line, placed between the borders around it; none when it lies beyond all of them."""
    if limit is None:
        return None
    end = limit.value + 1 if whole else limit.value  # right of the whole number that is the limit itself
    if not edges[0] <= end <= edges[-1]:
        return None
    place = next((i for i in range(len(edges) - 1) if edges[i] <= end <= edges[i + 1]), 0)
    width = edges[place + 1] - edges[place]
    x = across(place + ((end - edges[place]) / width if width > 0 else 0.0))
    side, shift = ("end", -5) if x > (LEFT + WIDTH - RIGHT) / 2 else ("", 5)
    return join(
        [
            tag("line", class_="best", x1=x, x2=x, y1=TOP - 8, y2=HEIGHT - BOTTOM),
            tag("text", limit.text, class_=f"note {side}".strip(), x=x + shift, y=TOP - 2),
        ]
    )


def _edge_text(edges: Sequence[float]) -> Callable[[float], str]:
    gaps = [b - a for a, b in itertools.pairwise(edges) if b > a]
    if gaps and min(gaps) >= 1:
        return lambda value: count(value)
    return tick_text([edges[0], edges[0] + min(gaps, default=1.0)])
