"""Bars made of letters."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

__all__ = ["Bar"]

_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")


@dataclass(frozen=True, slots=True)
class Bar:
    """A horizontal bar of at most `width` letters; plain `#` where the terminal has no blocks."""

    value: float
    largest: float
    width: int = 24
    style: str = "blue"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = min(self.width, options.max_width)
        eighths = round(8 * width * self.value / self.largest) if self.largest > 0 else 0
        if self.value > 0:
            eighths = max(1, eighths)
        text = (
            "#" * max(1, eighths // 8) * (eighths > 0)
            if options.ascii_only
            else "█" * (eighths // 8) + _EIGHTHS[eighths % 8]
        )
        yield Text(text, style=self.style, no_wrap=True)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(4, self.width)
