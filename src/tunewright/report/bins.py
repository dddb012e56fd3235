"""Bins of a histogram: what they hold in words, and whether that is beyond a limit; on the page as on the terminal."""

from __future__ import annotations

from tunewright.report.figures import count

__all__ = ["is_beyond", "whole_numbers"]


def whole_numbers(low: float, high: float) -> str:
    """`5`, `160 to 191`: the whole numbers of a bin, whose upper border belongs to the next."""
    return count(low) if high - low == 1 else f"{count(low)} to {count(high - 1 if float(high).is_integer() else high)}"


def is_beyond(low: float, high: float, limit: float | None, whole: bool) -> bool:
    """Whether a bin begins at or beyond a limit and holds something longer; False without a limit.

    Args:
        low, high: its borders.
        limit: the most that is read whole.
        whole: whether it holds whole numbers up to below `high`: the bin of the limit alone is read whole then.
    """
    return limit is not None and (low > limit or (low == limit and not (whole and high - low == 1)))
