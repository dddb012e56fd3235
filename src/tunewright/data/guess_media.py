"""Which columns of a table name pictures or sounds, or hold them."""

from __future__ import annotations

from collections.abc import Sequence

from tunewright.data.column_names import text_score
from tunewright.data.media_bytes import sense_of_name
from tunewright.data.profile import ColumnProfile
from tunewright.data.table import Cell, Table, is_empty

__all__ = ["beside_pictures", "media_columns"]

_SAMPLE = 200
_SHARE = 0.9
_LONG, _VARIED = 20.0, 0.5
"""Mean width and different values a row of a text that is not called like one: names of people are shorter."""


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


def beside_pictures(texts: Sequence[ColumnProfile]) -> list[ColumnProfile]:
    """Of these columns those that say something of each picture: called like a text, or long and of many values.

    One that is often empty is none: its rows could not be learned from.
    """
    long = {one.name for one in texts if one.width >= _LONG and one.variety > _VARIED}
    return [one for one in texts if one.filled > _SHARE and (one.name in long or text_score(one.name) >= 1.0)]


def _sense(cell: Cell) -> str:
    if not isinstance(cell, str):
        return ""
    if cell.startswith("data:"):
        head = cell[5:20].partition("/")[0]
        return head if head in ("image", "audio") else ""
    return sense_of_name(cell.strip()) if "\n" not in cell else ""
