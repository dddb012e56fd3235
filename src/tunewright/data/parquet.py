"""Reads parquet files."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tunewright.data.arrow import columns_of
from tunewright.data.quoted_rows import BROKEN
from tunewright.data.source import Role, describe, load
from tunewright.data.table import Cell, Fault, Table, shown
from tunewright.errors import DataError, Problem

__all__ = ["read_parquet", "without_undecodable"]


def read_parquet(path: Path, *, role: Role) -> Table:
    """Read one parquet file; `line` is the row's number counted from 1.

    Raises:
        DataError: it is damaged, is no parquet file, names a column twice, or holds no rows.
    """
    raw = load(path)
    try:
        arrow = pq.ParquetFile(io.BytesIO(raw)).read()
        _refuse_doubles(arrow, path)
        columns = columns_of(arrow)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataError(
            f"{shown(path)} cannot be read as Parquet.",
            [Problem(shown(path), str(error).splitlines()[0])],
            "The file may be cut short, or be something else by that name: fetch or export it again.",
        ) from None
    if not arrow.num_rows:
        raise DataError(
            f"{shown(path)} holds no rows.", [Problem(shown(path), f"names {', '.join(columns) or 'nothing'}")]
        )
    file = describe(path, raw, format="parquet", role=role, rows=arrow.num_rows, columns=tuple(columns))
    rows = np.arange(1, arrow.num_rows + 1, dtype=np.int64)
    return without_undecodable(Table(columns, (file,), np.zeros(len(rows), dtype=np.int32), rows))


def _refuse_doubles(arrow: pa.Table, path: Path) -> None:
    double = {name: count for name, count in Counter(arrow.column_names).items() if count > 1}
    if double:
        raise DataError(
            f"{shown(path)} names a column twice.",
            [Problem(shown(path), f"names {name!r} {count} times") for name, count in double.items()],
            "Rename one of them: which one is meant would be a guess.",
        )


def without_undecodable(table: Table) -> Table:
    """The table less the rows with bytes that are no UTF-8, which become faults."""
    broken = sorted({row for cells in table.columns.values() for row, cell in enumerate(cells) if _is_broken(cell)})
    if not broken:
        return table
    places = [table.place(row, "holds bytes that are no UTF-8") for row in broken]
    kept = table.take(np.setdiff1d(np.arange(len(table)), broken))
    faults = tuple(Fault("undecodable", place) for place in places)
    return Table(kept.columns, kept.files, kept.file_index, kept.line, (*table.faults, *faults))


def _is_broken(cell: Cell) -> bool:
    if isinstance(cell, tuple):
        return any(map(_is_broken, cell))
    return cell is not None and not cell.isascii() and not BROKEN.isdisjoint(cell)
