"""Lines over the steps of a training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tunewright.report.charts.axis import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Scale, canvas, frame, span
from tunewright.report.html import Html, join, tag

__all__ = ["Line", "line_chart"]


_FEW = 50
_HEADROOM = 1.5
"""How far above the 99th percentile of a long line the axis goes: one wild step must not flatten all the others."""


@dataclass(frozen=True)
class Line:
    """One line of a chart; `raw` is drawn faint."""

    x: np.ndarray
    y: np.ndarray
    style: Literal["raw", "first", "second"]
    points: bool = False
    """Mark every value: for lines of few."""


def line_chart(
    lines: Sequence[Line],
    label: str,
    y_title: str,
    last: float,
    *,
    best: float | None = None,
    zero: bool = False,
    percent: bool = False,
) -> Html:
    """Lines against the optimizer step, from 0 to the `last`, the step of the best model marked."""
    x = (0.0, last)
    y = span([bound for line in lines for bound in _reach(line)], zero=zero, around=0.06)
    if percent and max(_highest(line) for line in lines) <= 1.0:
        y = (y[0], min(y[1], 1.0))
    across, down, axes = frame(x, y, "optimizer step", y_title, y_text=_percent(y) if percent else None)
    drawn = [_line(line, across, down) for line in lines if len(line.x)]
    mark = _best(best, across) if best is not None else None
    return canvas(label, axes, mark, drawn)


def _reach(line: Line) -> tuple[float, ...]:
    finite = line.y[np.isfinite(line.y)]
    if not len(finite):
        return ()
    low, high = float(finite.min()), float(finite.max())
    if len(finite) > _FEW:
        high = min(high, _HEADROOM * float(np.percentile(finite, 99, method="lower")))
    return low, max(low, high)


def _highest(line: Line) -> float:
    return float(np.max(line.y, where=np.isfinite(line.y), initial=-np.inf))


def _line(line: Line, across: Scale, down: Scale) -> Html:
    places = [(across(x), down(y)) for x, y in zip(line.x.tolist(), line.y.tolist(), strict=True) if np.isfinite(y)]
    steps = "".join(f"{'L' if i else 'M'}{x:.1f} {y:.1f}" for i, (x, y) in enumerate(places))
    path = tag("path", class_=f"curve {line.style}", d=steps) if places else None
    dots = [tag("circle", class_=f"dot {line.style}", cx=x, cy=y, r=2.5) for x, y in places] if line.points else None
    return join([path, dots])


def _best(step: float, across: Scale) -> Html:
    place = across(step)
    side, shift = ("end", -5) if place > (LEFT + WIDTH - RIGHT) / 2 else ("", 5)
    return join(
        [
            tag("line", class_="best", x1=place, x2=place, y1=TOP - 8, y2=HEIGHT - BOTTOM),
            tag("text", f"best: step {step:,.0f}", class_=f"note {side}".strip(), x=place + shift, y=TOP - 2),
        ]
    )


def _percent(y: tuple[float, float]) -> Callable[[float], str]:
    digits = 0 if y[1] - y[0] > 0.03 else 1
    return lambda value: f"{100 * value:.{digits}f}%"
