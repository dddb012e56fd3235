"""Cells that name files, made to name them from anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tunewright.data.table import Cell, Table

__all__ = ["located"]


def located(table: Table, columns: Sequence[str]) -> Table:
    """The table with the paths in some columns made absolute, from the folder of the file that each row stands in.

    A folder's own column of paths is read from the current folder, as it was written. Data URIs, absolute paths and
    empty cells stay as they are.
    """
    if not columns or not len(table):
        return table
    homes = [Path(file.path).absolute().parent for file in table.files]
    changed: dict[str, Sequence[Cell]] = {}
    for name in columns:
        if name not in table.columns:
            continue
        own = name == table.row_paths
        places = zip(table.columns[name], table.file_index.tolist(), strict=True)
        changed[name] = [_absolute(cell, Path.cwd() if own else homes[file]) for cell, file in places]
    return table.with_columns(changed)


def _absolute(cell: Cell, home: Path) -> Cell:
    if not isinstance(cell, str) or not cell.strip() or cell.startswith("data:"):
        return cell
    return str(home / Path(cell.strip()).expanduser())
