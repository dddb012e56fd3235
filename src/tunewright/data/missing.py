"""Words that programs write where a value is missing. Here they are text like any other, and worth a remark."""

from __future__ import annotations

from tunewright.data.table import Cell, is_empty

__all__ = ["says_missing"]

_WORDS = frozenset(("na", "n/a", "#n/a", "nan", "null", "none", "nil", "missing", "<na>", "?", "-", "\\n"))


def says_missing(cell: Cell) -> bool:
    """Whether a cell holds nothing but such a word, in any case, or nothing at all."""
    if is_empty(cell):
        return True
    items = cell if isinstance(cell, tuple) else (cell or "",)
    return all(item.strip().casefold() in _WORDS for item in items if item.strip())
