"""Axes: scales, readable ticks, and the frame that a chart is drawn into."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tunewright.report.figures import compact
from tunewright.report.html import Html, join, tag

__all__ = [
    "BOTTOM",
    "HEIGHT",
    "LEFT",
    "RIGHT",
    "TOP",
    "WIDTH",
    "Scale",
    "canvas",
    "frame",
    "span",
    "tick_text",
    "ticks",
]

WIDTH = 440
HEIGHT = 250
LEFT, RIGHT, TOP, BOTTOM = 54, 14, 30, 44


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight mapping from values to places in a picture."""

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, value: float) -> float:
        """The place of a value; values beyond the ends are drawn at the ends."""
        if self.high <= self.low:
            return (self.start + self.stop) / 2
        part = min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))
        return self.start + part * (self.stop - self.start)


def span(values: Iterable[float], zero: bool = False, around: float = 0.0) -> tuple[float, float]:
    """Lowest and highest finite value, never equal.

    Args:
        zero: take zero in.
        around: room left at both ends, as a share of the whole.
    """
    finite = [float(v) for v in values if math.isfinite(v)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high <= low:
        margin = abs(low) * 0.1 or 1.0
        low, high = low - margin * (not (zero and low >= 0)), high + margin
    room = around * (high - low)
    return low - room * (not (zero and low == 0)), high + room


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round values (1, 2 or 5 times a power of ten apart) from `low` to `high`."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low]
    rough = (high - low) / max(1, about)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next((m * power for m in (1, 2, 5) if m * power >= rough * 0.999), 10 * power)
    first = math.ceil(low / step - 1e-9)
    return [round(i * step, 12) for i in range(first, math.floor(high / step + 1e-9) + 1)]


def tick_text(values: list[float]) -> Callable[[float], str]:
    """A way of writing ticks with just as many decimals as tell them apart."""
    step = abs(values[1] - values[0]) if len(values) > 1 else 1.0
    largest = max((abs(v) for v in values), default=0.0)

    def text(value: float) -> str:
        if value == 0:
            return "0"
        if largest >= 1e4:
            return compact(value)
        if 0 < largest < 1e-2:
            return f"{value:.0e}".replace("e-0", "e-")
        decimals = max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0
        return f"{value:,.{decimals}f}".replace("-", "−")

    return text


def canvas(label: str, *children: object, width: float = WIDTH, height: float = HEIGHT, class_: str = "chart") -> Html:
    """An SVG picture that a screen reader announces as `label`."""
    box = f"0 0 {width:g} {height:g}"
    return tag(
        "svg", *children, class_=class_, viewBox=box, width=width, height=height, role="img", aria_label=label
    )  # fmt: skip


def frame(
    x: tuple[float, float],
    y: tuple[float, float],
    x_title: str,
    y_title: str,
    *,
    x_text: Callable[[float], str] | None = None,
    y_text: Callable[[float], str] | None = None,
    size: tuple[float, float] = (WIDTH, HEIGHT),
) -> tuple[Scale, Scale, Html]:
    """Scales for a picture, and its axes: light horizontal rules, ticks, titles with units."""
    width, height = size
    across = Scale(*x, LEFT, width - RIGHT)
    down = Scale(*y, height - BOTTOM, TOP)
    x_ticks, y_ticks = ticks(*x, about=5), ticks(*y, about=4)
    x_text, y_text = x_text or tick_text(x_ticks), y_text or tick_text(y_ticks)
    rules = [
        (
            tag("line", class_="rule", x1=LEFT, x2=width - RIGHT, y1=down(value), y2=down(value)),
            tag("text", y_text(value), class_="tick end", x=LEFT - 8, y=down(value) + 4),
        )
        for value in y_ticks
    ]
    marks = [
        tag("text", x_text(value), class_="tick mid", x=across(value), y=height - BOTTOM + 18) for value in x_ticks
    ]
    axis = tag("line", class_="axis", x1=LEFT, x2=width - RIGHT, y1=height - BOTTOM, y2=height - BOTTOM)
    titles = (
        tag("text", y_title, class_="title", x=0, y=14),
        tag("text", x_title, class_="title end", x=width - RIGHT, y=height - 6),
    )
    return across, down, join([rules, marks, axis, titles])
