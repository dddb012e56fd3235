"""Turns Arrow tables into cells, for Parquet files and for the hub."""

from __future__ import annotations

import base64
import datetime
import math
from typing import Any

import pyarrow as pa

from tunewright.data.media_bytes import as_cell
from tunewright.data.table import Cell

__all__ = ["cells_of", "columns_of"]


def columns_of(table: pa.Table) -> dict[str, list[Cell]]:
    """Every column as cells; the fields of a struct become columns named `outer.inner`."""
    table = _media_as_cells(table)
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    return {name: cells_of(column) for name, column in zip(table.column_names, table.columns, strict=True)}


def _media_as_cells(table: pa.Table) -> pa.Table:
    """Structs of `bytes` and `path`, as data sets of pictures and sounds are written, become one column: the bytes as a
    data URI, or the path where there are none."""
    for place, field in enumerate(table.schema):
        if pa.types.is_struct(field.type) and {inner.name for inner in field.type} == {"bytes", "path"}:
            rows = table.column(place).to_pylist()
            cells = [
                None if row is None else row["path"] if row["bytes"] is None else _uri(row["bytes"]) for row in rows
            ]
            table = table.set_column(place, field.name, pa.array(cells, type=pa.large_string()))
    return table


def _uri(raw: bytes) -> str:
    # bytes of no known kind stay what they are said to be: the audit names their row
    return as_cell(raw) or f"data:;base64,{base64.b64encode(raw).decode('ascii')}"


def cells_of(column: pa.ChunkedArray) -> list[Cell]:
    """Text as it is; whole numbers without a point; floats in the shortest spelling that reads back equal.

    Null and the float NaN, which is how pandas writes a missing value, are null.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return _texts(column)
    if pa.types.is_float16(column.type) or pa.types.is_float32(column.type):
        # through numpy's own float: 0.1 in 32 bits is spelled 0.1 and not 0.10000000149011612
        narrow = column.type.to_pandas_dtype()
        return [None if value is None else _cell(narrow(value)) for value in column.to_pylist()]
    return [_cell(value) for value in column.to_pylist()]


def _texts(column: pa.ChunkedArray) -> list[Cell]:
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:  # damaged, or written by something that does not check: the rows are found one by one
        return [
            None if raw is None else raw.decode("utf-8", "surrogateescape")
            for raw in column.cast(pa.large_binary()).to_pylist()
        ]


def _cell(value: Any) -> Cell:
    if value is None or (not isinstance(value, (str, bytes, list, tuple, dict)) and value != value):
        return None
    if isinstance(value, (list, tuple)):
        return tuple(_cell_text(item) for item in value)
    return _cell_text(value)


def _cell_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        if (cell := as_cell(value)) is not None:
            return cell
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    return str(value)
