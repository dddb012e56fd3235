"""Values with their intervals under one another: the picture that says which differences are real."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tunewright.report.charts.axis import WIDTH, Scale, canvas, span, tick_text, ticks
from tunewright.report.html import Html, join, tag

__all__ = ["Interval", "forest", "strip"]

_ROW = 42
_SIDE = 6


@dataclass(frozen=True, slots=True)
class Interval:
    """A value between its bounds; `text` is what is written at its right."""

    title: str
    value: float
    low: float
    high: float
    text: str = ""
    strong: bool = False


def forest(
    intervals: Sequence[Interval],
    label: str,
    x_title: str,
    *,
    zero: bool = False,
    tick: Callable[[float], str] | None = None,
    within: tuple[float, float] = (-math.inf, math.inf),
) -> Html:
    """One row an interval, name and value above its whisker.

    Args:
        zero: draw a line at zero, for differences.
        tick: how to write the axis's values.
        within: what values can be at all; the axis does not go beyond.
    """
    ends = span([v for i in intervals for v in (i.low, i.high, i.value)], around=0.05)
    low, high = (min(ends[0], 0.0), max(ends[1], 0.0)) if zero else (max(ends[0], within[0]), min(ends[1], within[1]))
    across = Scale(low, high, _SIDE, WIDTH - _SIDE)
    marks = ticks(low, high, 5)
    tick = tick or tick_text(marks)
    foot = 6 + _ROW * len(intervals)
    under = [_mark(tick(v), across(v), foot + 17) for v in marks]
    rows = [_row(interval, across, 6 + _ROW * place, marks, zero) for place, interval in enumerate(intervals)]
    title = tag("text", x_title, class_="title end", x=WIDTH - _SIDE, y=foot + 38)
    return canvas(label, rows, under, title, height=foot + 44)


def _mark(text: str, x: float, y: float) -> Html:
    """A tick's text under its place; at the edges beside it, so that none of it is cut off."""
    half = 3.5 * len(text)
    if x + half > WIDTH:
        return tag("text", text, class_="tick end", x=WIDTH, y=y)
    if x - half < 0:
        return tag("text", text, class_="tick", x=0, y=y)
    return tag("text", text, class_="tick mid", x=x, y=y)


def _row(interval: Interval, across: Scale, top: float, marks: Sequence[float], zero: bool) -> Html:
    """Rules stay below the words: text is never crossed by a line."""
    strength = "strong" if interval.strong else "weak"
    middle = top + 28
    track = tag("line", class_="rule", x1=_SIDE, x2=WIDTH - _SIDE, y1=middle, y2=middle)
    rules = [
        tag(
            "line",
            class_="axis" if zero and v == 0 else "rule",
            x1=across(v),
            x2=across(v),
            y1=middle - 7,
            y2=middle + 7,
        )
        for v in marks
    ]
    whisker = None
    if math.isfinite(interval.low) and math.isfinite(interval.high) and interval.low < interval.high:
        ends = {"x1": across(interval.low), "x2": across(interval.high)}
        whisker = tag("line", class_=f"whisker {strength}", y1=middle, y2=middle, **ends)
    return join(
        [
            tag("text", interval.title, class_=f"name {strength}", x=_SIDE, y=top + 14),
            tag("text", interval.text, class_=f"name {strength} end", x=WIDTH - _SIDE, y=top + 14),
            track,
            rules,
            whisker,
            tag("circle", class_=f"spot {strength}", cx=across(interval.value), cy=middle, r=5),
        ]
    )


def strip(intervals: Sequence[Interval], ends: tuple[float, float], width: float = 130) -> Html:
    """The same for a table's cell: whiskers under one another without words, hidden from screen readers.

    The figures themselves stand in the row's other cells.
    """
    across = Scale(*ends, 4, width - 4)
    height = 7 * len(intervals) + 4
    drawn = []
    for place, interval in enumerate(intervals):
        middle = 5.5 + 7 * place
        strength = "strong" if interval.strong else "weak"
        if not math.isfinite(interval.value):
            continue
        if math.isfinite(interval.low) and math.isfinite(interval.high):
            drawn.append(
                tag(
                    "line",
                    class_=f"whisker {strength}",
                    x1=across(interval.low),
                    x2=across(interval.high),
                    y1=middle,
                    y2=middle,
                )
            )
        drawn.append(tag("circle", class_=f"spot {strength}", cx=across(interval.value), cy=middle, r=2.5))
    base = tag("line", class_="rule", x1=4, x2=width - 4, y1=height - 0.5, y2=height - 0.5)
    size = {"viewBox": f"0 0 {width:g} {height:g}", "width": width, "height": height}
    return tag("svg", base, drawn, class_="strip", aria_hidden="true", **size)
