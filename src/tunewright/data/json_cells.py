"""Turns JSON values into cells: numbers keep their spelling, nested fields get dotted names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from tunewright.data.table import Cell, Fault, Table
from tunewright.errors import DataError, Problem
from tunewright.records import Place

__all__ = ["DECODER", "DuplicateNameError", "JsonRows", "Number", "flat"]

_MOST_COLUMNS = 5000


class Number(str):
    """A JSON number as it is spelled in the file: `1e5` and `100000` stay two different things."""

    __slots__ = ()


class DuplicateNameError(ValueError):
    """An object names a field twice; Python's own reader silently keeps the second."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise DuplicateNameError("names a field twice")
    return fields


DECODER = json.JSONDecoder(parse_float=Number, parse_int=Number, parse_constant=Number, object_pairs_hook=_object)


def flat(fields: dict[str, Any], prefix: str = "") -> dict[str, Cell]:
    """The cells of one object; the fields of an object inside are named `outer.inner`."""
    cells: dict[str, Cell] = {}
    for name, value in fields.items():
        if isinstance(value, dict) and value:
            cells.update(flat(value, f"{prefix}{name}."))
        else:
            cells[prefix + name] = _cell(value)
    return cells


def _cell(value: Any) -> Cell:
    if value is None:
        return None
    if isinstance(value, list):
        return tuple(_text(item) for item in value)
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, Number):
        return str.__str__(value)
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _spelled(value)


def _spelled(value: Any) -> str:
    """JSON of a value inside a list, with numbers as they were written."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {_spelled(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_spelled(item) for item in value) + "]"
    return str.__str__(value) if isinstance(value, Number) else json.dumps(value, ensure_ascii=False)


def _is_text(cell: Cell) -> bool:
    """False when a cell holds a lone surrogate, which no encoding can write and no tokenizer read."""
    text = cell if isinstance(cell, str) else "".join(cell or ())
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


class JsonRows:
    """Collects objects into columns; a field that an object lacks is null there."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._columns: dict[str, list[Cell]] = {}
        self._lines: list[int] = []
        self.faults: list[Fault] = []
        self._shared: dict[str, str] = {}

    def add(self, cells: dict[str, Cell], line: int) -> None:
        """One more row.

        Raises:
            DataError: the objects name so many different fields that they are no rows of one table.
        """
        done = len(self._lines)
        for name, cell in cells.items():
            column = self._columns.get(name)
            if column is None:
                if len(self._columns) >= _MOST_COLUMNS:
                    raise DataError(
                        f"{self._name} is no table.",
                        [
                            Problem(
                                f"{self._name}:{line}", f"is where the objects reach {_MOST_COLUMNS} different fields"
                            )
                        ],
                        'Rows are objects that name the same fields, such as {"text": ..., "label": ...}.',
                    )
                column = self._columns[name] = [None] * done
            if isinstance(cell, str) and len(cell) < 40:
                cell = self._shared.setdefault(cell, cell)
            column.append(cell)
        if len(cells) != len(self._columns):
            for column in self._columns.values():
                if len(column) == done:
                    column.append(None)
        self._lines.append(line)

    def add_value(self, value: Any, line: int) -> None:
        """One more row from a decoded value, or a fault when it is no object of text."""
        if not isinstance(value, dict):
            what = "a list" if isinstance(value, list) else "a single value"
            return self.fault("unreadable", line, f"is no object but {what}")
        cells = flat(value)
        if not all(map(_is_text, (*cells, *cells.values()))):
            return self.fault("undecodable", line, "holds undecodable bytes or half of a surrogate pair (\\ud800)")
        return self.add(cells, line)

    def fault(self, code: str, line: int, note: str) -> None:
        """A row that cannot be read."""
        self.faults.append(Fault(code, Place(file=self._name, line=line, note=note)))

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def names(self) -> Sequence[str]:
        """Columns so far, in the order first seen."""
        return tuple(self._columns)

    def table(self) -> Table:
        """What was collected, without its file."""
        lines = np.asarray(self._lines, dtype=np.int64)
        return Table(self._columns, (), np.zeros(len(lines), dtype=np.int32), lines, tuple(self.faults))
