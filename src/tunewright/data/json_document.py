"""Reads json in the shapes in which tables are found.

- an array of objects: `[{"text": ..., "label": ...}, ...]`
- objects one after another, with or without line breaks inside
- an object of objects keyed by an id: `{"21645374": {"QUESTION": ..., ...}, ...}`; the key becomes the column `id`
- an object of single values keyed by an id: `{"12377809": "yes", ...}`; columns `id` and `value`
- an object of columns: `{"text": [...], "label": [...]}`
- an object one of whose fields is an array of objects: `{"version": ..., "data": [...]}`
- SQuAD's articles, paragraphs and questions (`squad`), a row a question
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tunewright.data.encodings import decoding_of
from tunewright.data.json_cells import DECODER, DuplicateNameError, JsonRows
from tunewright.data.source import Role, describe, load, refuse_binary
from tunewright.data.squad import is_squad, questions
from tunewright.data.table import Table, shown
from tunewright.errors import DataError, Problem

__all__ = ["read_json_document"]

_SPACE = re.compile(r"[\s,]*")
_KEYED_FROM = 20  # single values in one object: fewer are the fields of one row, more are rows keyed by an id


def read_json_document(path: Path, *, role: Role, encoding: str | None = None) -> Table:
    """Read one json file. `line` is the line an object starts on in an array or a sequence, else the row's number.

    Raises:
        DataError: the file is no JSON, or no table.
    """
    raw = load(path)
    refuse_binary(raw, path)
    decoding = decoding_of(raw, shown(path), encoding)
    text = decoding.text(raw)
    start = _after_space(text, 0)
    rows = JsonRows(shown(path))
    if text.startswith("[", start):
        _read_array(text, start, rows, path)
    else:
        _read_objects(text, start, rows, path)
    if not len(rows):
        faults = [Problem(f"{fault.place.file}:{fault.place.line}", fault.place.note) for fault in rows.faults[:3]]
        raise DataError(
            f"{shown(path)} holds no row that can be read.",
            faults or [Problem(f"{shown(path)}:1", "is an empty list or object")],
            'A row is an object: {"text": "...", "label": "..."}',
        )
    table = rows.table()
    file = describe(
        path,
        raw,
        format="json",
        role=role,
        rows=len(rows) + len(rows.faults),
        columns=tuple(rows.names),
        encoding=decoding.name,
        encoding_detected=decoding.detected,
    )
    return Table(table.columns, (file,), table.file_index, table.line, table.faults)


class _Lines:
    """Line numbers of growing positions in a text."""

    def __init__(self, text: str) -> None:
        self._text, self._position, self._line = text, 0, 1

    def at(self, position: int) -> int:
        self._line += self._text.count("\n", self._position, position)
        self._position = position
        return self._line


def _after_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _value(text: str, position: int, path: Path) -> tuple[Any, int]:
    try:
        return DECODER.raw_decode(text, position)
    except json.JSONDecodeError as error:
        where = f"{shown(path)}:{error.lineno}"
        cut_short = error.pos >= len(text.rstrip()) - 1 or error.msg.startswith("Unterminated")
        hint = "The file is cut short: fetch or export it again." if cut_short else "Mend the file there."
        problem = Problem(where, f"is no JSON: {error.msg} at column {error.colno}", hint)
    except DuplicateNameError as error:
        line = text.count("\n", 0, position) + 1
        problem = Problem(
            f"{shown(path)}:{line}", f"starts an object that {error}", "Which one holds would be a guess."
        )
    except RecursionError:
        problem = Problem(f"{shown(path)}:1", "is nested too deeply")
    raise DataError(f"{shown(path)} cannot be read.", [problem])


def _read_array(text: str, start: int, rows: JsonRows, path: Path) -> None:
    """Element by element, to know the line of each."""
    lines = _Lines(text)
    position = _after_space(text, start + 1)
    while position < len(text) and text[position] != "]":
        line = lines.at(position)
        value, position = _value(text, position, path)
        rows.add_value(value, line)
        after = position
        position = _after_space(text, position)
        if position < len(text) and text[position] != "]" and "," not in text[after:position]:
            raise _broken(path, lines.at(position), "has no comma before it")
    if position >= len(text):
        raise _broken(path, lines.at(position), "is the end, and the array is not closed: the file is cut short")
    if text[position + 1 :].strip():
        raise _broken(path, lines.at(position), "ends the array, and more follows")


def _read_objects(text: str, start: int, rows: JsonRows, path: Path) -> None:
    lines = _Lines(text)
    position = start
    first = True
    while position < len(text):
        line = lines.at(position)
        value, position = _value(text, position, path)
        position = _after_space(text, position)
        if first and position >= len(text) and isinstance(value, dict):
            _read_one(value, rows, path, line)
            return
        rows.add_value(value, line)
        first = False


def _read_one(document: dict[str, Any], rows: JsonRows, path: Path, line: int) -> None:
    """The only object of a file: rows keyed by id, columns, an envelope around rows, or one single row."""
    values = list(document.values())
    tables = [name for name, value in document.items() if _is_rows(value)]
    if is_squad(document):
        for number, asked in enumerate(questions(document), start=1):
            rows.fault("unreadable", number, asked) if isinstance(asked, str) else rows.add_value(asked, number)
    elif values and all(isinstance(value, dict) for value in values):
        key = "id" if not any("id" in value for value in values) else "key"
        for number, (name, value) in enumerate(document.items(), start=1):
            rows.add_value({key: name, **value}, number)
    elif len(tables) == 1:
        for number, value in enumerate(document[tables[0]], start=1):
            rows.add_value(value, number)
    elif values and all(isinstance(value, list) for value in values):
        _read_columns(document, rows, path)
    elif len(values) >= _KEYED_FROM and not any(isinstance(value, (dict, list)) for value in values):
        for number, (name, value) in enumerate(document.items(), start=1):
            rows.add_value({"id": name, "value": value}, number)
    elif values:
        rows.add_value(document, line)


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 0 and all(isinstance(item, dict) for item in value)


def _read_columns(document: dict[str, list[Any]], rows: JsonRows, path: Path) -> None:
    lengths = {name: len(cells) for name, cells in document.items()}
    if len(set(lengths.values())) > 1:
        raise DataError(
            f"{shown(path)} holds columns of unequal length.",
            [Problem(f"{shown(path)}", f"{name!r} holds {length} values") for name, length in lengths.items()],
            "Which value belongs to which row would be a guess.",
        )
    for number, cells in enumerate(zip(*document.values(), strict=True), start=1):
        rows.add_value(dict(zip(document, cells, strict=True)), number)


def _broken(path: Path, line: int, what: str) -> DataError:
    return DataError(f"{shown(path)} cannot be read.", [Problem(f"{shown(path)}:{line}", what)], "Mend the file there.")
