"""Predictions against the truth, for numeric targets."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tunewright.report.charts.axis import BOTTOM, LEFT, RIGHT, TOP, canvas, frame, span
from tunewright.report.html import Html, tag

__all__ = ["scatter"]

_SIZE = (LEFT + 320 + RIGHT, TOP + 320 + BOTTOM)
"""The same scale across and down: the diagonal stands at 45 degrees."""


def scatter(pairs: Sequence[tuple[float, float]], label: str, unit: str) -> Html:
    """One dot a row on equal axes; on the diagonal the prediction is right."""
    finite = [(t, p) for t, p in pairs if math.isfinite(t) and math.isfinite(p)]
    ends = span([value for pair in finite for value in pair], around=0.04)
    written = f" ({unit})" if unit else ""
    across, down, axes = frame(ends, ends, f"truth{written}", f"prediction{written}", size=_SIZE)
    diagonal = tag("line", class_="best", x1=across(ends[0]), x2=across(ends[1]), y1=down(ends[0]), y2=down(ends[1]))
    dots = [tag("circle", class_="mote", cx=across(t), cy=down(p), r=2.5) for t, p in finite]
    return canvas(label, axes, diagonal, dots, width=_SIZE[0], height=_SIZE[1])
