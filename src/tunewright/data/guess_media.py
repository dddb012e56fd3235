"""Which columns of a table name pictures or sounds, or hold them."""

from __future__ import annotations

from tunewright.data.media_bytes import sense_of_name
from tunewright.data.table import Cell, Table, is_empty

__all__ = ["media_columns"]

_SAMPLE = 200
_SHARE = 0.9


def media_columns(table: Table) -> dict[str, str]:
    """`image` and `audio` to the first column of nine cells in ten that end, or begin, as such do."""
    found: dict[str, str] = {}
    for name, cells in table.columns.items():
        sample = [cell for cell in cells[:: max(1, len(cells) // _SAMPLE)] if not is_empty(cell)]
        senses = [_sense(cell) for cell in sample]
        for sense in ("image", "audio"):
            if sample and senses.count(sense) >= _SHARE * len(sample):
                found.setdefault(sense, name)
    return found


def _sense(cell: Cell) -> str:
    if not isinstance(cell, str):
        return ""
    if cell.startswith("data:"):
        head = cell[5:20].partition("/")[0]
        return head if head in ("image", "audio") else ""
    return sense_of_name(cell.strip()) if "\n" not in cell else ""
