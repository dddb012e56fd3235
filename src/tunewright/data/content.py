"""What the cells of a table stand for, where they only say where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from tunewright.data.located import located
from tunewright.data.table import Cell, Table

__all__ = ["Look", "Looker", "compared_columns", "with_content"]

_MARK = " (content)"


class Look(Protocol):
    """What was seen of one row: a kind of fault with its note, or a key that is equal for equal content."""

    @property
    def fault(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def content(self) -> str: ...


Looker = Callable[[Mapping[str, Sequence[Cell]]], Iterable[Look] | None]
"""From columns to a look at each row; None where the cells are the content themselves."""


def with_content(table: Table, columns: Sequence[str], look: Looker | None) -> tuple[Table, dict[int, tuple[str, str]]]:
    """The table with its paths made absolute, and beside each column of them the content that it stands for; and row to
    (fault, note) of those that cannot be read. Empty cells are no faults here: whoever asks for an input finds them."""
    if look is None or not columns:
        return table, {}
    placed = located(table, columns)
    faults: dict[int, tuple[str, str]] = {}
    keys: list[Cell] = []
    for row, seen in enumerate(look(placed.columns) or ()):
        if seen.fault:
            faults[row] = (seen.fault, seen.note)
        keys.append(seen.content)
    return placed.with_columns({columns[0] + _MARK: keys}), faults


def compared_columns(columns: Sequence[str], content: Sequence[str]) -> tuple[str, ...]:
    """The columns by which two rows are the same: content instead of the cells that name it."""
    return tuple(name + _MARK if name in content[:1] else name for name in columns)
