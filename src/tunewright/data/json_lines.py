"""Reads jsonl: one object a line. A line that is broken costs one row and is reported."""

from __future__ import annotations

import json
from pathlib import Path

from tunewright.data.encodings import decoding_of
from tunewright.data.json_cells import DECODER, DuplicateNameError, JsonRows
from tunewright.data.json_document import read_json_document
from tunewright.data.source import Role, describe, load, refuse_binary
from tunewright.data.table import Table, shown
from tunewright.errors import DataError, Problem

__all__ = ["add_line", "read_json_lines"]


def read_json_lines(path: Path, *, role: Role, encoding: str | None = None) -> Table:
    """Read one jsonl file.

    A file that is one JSON document (an array, or objects over several lines) under this name is read as such.

    Raises:
        DataError: no line of the file is an object.
    """
    raw = load(path)
    refuse_binary(raw, path)
    decoding = decoding_of(raw, shown(path), encoding)
    rows = JsonRows(shown(path))
    for number, line in enumerate(decoding.lines(raw), start=1):
        if line.strip():
            add_line(rows, line.strip(), number)
    document = _document(path, role, encoding) if len(rows.faults) >= len(rows) else None
    if document is not None and len(document) >= len(rows):
        return document
    if not len(rows):
        raise _no_rows(path, rows)
    table = rows.table()
    file = describe(
        path,
        raw,
        format="jsonl",
        role=role,
        rows=len(rows) + len(rows.faults),
        columns=tuple(rows.names),
        encoding=decoding.name,
        encoding_detected=decoding.detected,
    )
    return Table(table.columns, (file,), table.file_index, table.line, table.faults)


def _document(path: Path, role: Role, encoding: str | None) -> Table | None:
    """The file as one document, if it is one: in an array with an object a line, the last line is good JSON Lines."""
    try:
        return read_json_document(path, role=role, encoding=encoding)
    except DataError:
        return None


def add_line(rows: JsonRows, line: str, number: int) -> None:
    """One more row from a line, or a fault."""
    try:
        rows.add_value(DECODER.decode(line), number)
    except DuplicateNameError as error:
        rows.fault("unreadable", number, str(error))
    except json.JSONDecodeError as error:
        rows.fault("unreadable", number, f"is no JSON: {error.msg} at character {error.pos + 1}")
    except RecursionError:
        rows.fault("unreadable", number, "is nested too deeply")


def _no_rows(path: Path, rows: JsonRows) -> DataError:
    return DataError(
        f"{shown(path)} holds no row that can be read.",
        [Problem(f"{fault.place.file}:{fault.place.line}", fault.place.note) for fault in rows.faults],
        'A line of a jsonl file is one object: {"text": "...", "label": "..."}',
    )
