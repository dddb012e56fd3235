"""A table written to a folder, and opened again without reading it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tunewright.data.kept_column import ColumnWriter, read_column
from tunewright.data.table import Table
from tunewright.records import SourceFile
from tunewright.records.arrays import mapped, write_array

__all__ = ["open_table", "write_table"]

_ROWS_AT_ONCE = 1024


def write_table(folder: Path, table: Table) -> dict[str, Any]:
    """Write a table's rows into an empty folder; answers what `open_table` must be told. Faults are no rows."""
    for number, cells in enumerate(table.columns.values()):
        column = ColumnWriter(folder, f"column-{number}")
        for start in range(0, len(table), _ROWS_AT_ONCE):
            column.extend(cells[start : start + _ROWS_AT_ONCE])
        column.close()
    write_array(folder / "line", np.asarray(table.line, dtype=np.int64))
    write_array(folder / "file_index", np.asarray(table.file_index, dtype=np.int32))
    return {
        "columns": list(table.columns),
        "files": [file.model_dump(mode="json") for file in table.files],
        "row_paths": table.row_paths,
    }


def open_table(folder: Path, described: Mapping[str, Any]) -> Table:
    """Open what `write_table` wrote; `described` is its answer, through JSON or not."""
    return Table(
        {name: read_column(folder, f"column-{number}") for number, name in enumerate(described["columns"])},
        tuple(SourceFile.model_validate(file) for file in described["files"]),
        mapped(folder / "file_index", "int32"),
        mapped(folder / "line", "int64"),
        (),
        described["row_paths"],
    )
