"""Reads csv and tsv files: every cell as written, every row with its line, nothing filled in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from tunewright.data.dialect import delimiter_of, has_header, numbered, quotes_are_text
from tunewright.data.encodings import Decoding, decoding_of
from tunewright.data.quoted_rows import RowFault, Rows, cut
from tunewright.data.source import Role, describe, load, refuse_binary
from tunewright.data.table import Cell, Fault, Table, shown
from tunewright.errors import DataError, Problem, UserError
from tunewright.records import Place

__all__ = ["Layout", "as_faults", "layout_of", "read_delimited", "whole_rows"]

_SEPARATOR_LINE = re.compile(r'"?sep=([^"\r\n])"?[\r\n]')  # what Excel writes and reads on the first line


def read_delimited(
    path: Path,
    *,
    role: Role,
    encoding: str | None = None,
    delimiter: str | None = None,
    quoting: bool | None = None,
    wanted: tuple[str, ...] = (),
) -> Table:
    """Read one csv or tsv file.

    Args:
        path: the file; one that ends in .tsv or .tab is expected to be cut by tabs.
        role: which split it is for.
        encoding: None detects it.
        delimiter: None detects it.
        quoting: whether `"` encloses cells; None detects it.
        wanted: columns that will be asked for; they tell a line of names from a line of data.

    Raises:
        DataError: the file as a whole cannot be used. Single rows at fault are in the table's `faults`.
    """
    _check(delimiter)
    raw = load(path)
    layout, rows = layout_of(raw, path, encoding, delimiter, quoting, wanted)
    table, faults = _columns(rows, layout, shown(path))
    if not len(table) and not faults:
        raise DataError(
            f"{shown(path)} has a line of names and no rows.",
            [
                Problem(
                    f"{shown(path)}:{rows.lines[0]}", f"is the only line; it names {', '.join(map(repr, layout.names))}"
                )
            ],
            "Check that the export was complete.",
        )
    file = describe(
        path,
        raw,
        role=role,
        rows=len(table) + len(faults),
        **layout.described,
    )
    return Table(table.columns, (file,), table.file_index, table.line, tuple(faults))


@dataclass(frozen=True)
class Layout:
    """How a file of rows is written.

    Attributes:
        tabs: whether its name says that it is cut by tabs.
        skip: lines above the first row.
        names: of the columns.
        header: whether the first row holds them.
        top: the first row.
    """

    tabs: bool
    decoding: Decoding
    delimiter: str
    quoting: bool
    skip: int
    names: list[str]
    header: bool
    top: list[str]

    @property
    def described(self) -> dict[str, Any]:
        """The fields of the audit's record."""
        return {
            "format": "tsv" if self.tabs else "csv",
            "columns": tuple(self.names),
            "encoding": self.decoding.name,
            "encoding_detected": self.decoding.detected,
            "delimiter": self.delimiter,
            "quoting": self.quoting,
            "header": self.header,
        }


def layout_of(
    raw: bytes, path: Path, encoding: str | None, delimiter: str | None, quoting: bool | None, wanted: tuple[str, ...]
) -> tuple[Layout, Rows]:
    """How a file is written, told from its bytes or from its first ones; and the rows in these.

    Raises:
        DataError: what stands on top cannot be the beginning of a table.
    """
    refuse_binary(raw, path)
    tabs = path.suffix.casefold() in (".tsv", ".tab")
    decoding = decoding_of(raw, shown(path), encoding)
    said = _SEPARATOR_LINE.match(next(decoding.lines(raw), ""))
    if delimiter is None:
        delimiter = said[1] if said else delimiter_of(decoding.lines(raw), "\t" if tabs else ",")
    skip = 1 if said else 0
    rows, quoting = _cut(raw, decoding, delimiter, quoting, skip=skip)
    if not rows.cells:
        raise _no_rows(path, rows)
    _refuse_broken_top(path, rows)
    if tabs or delimiter != ",":
        _refuse_other_formats(rows.cells[0], path)
    _refuse_misfit_top(path, rows)
    header = has_header(rows.cells, wanted)
    names = _names(rows, path) if header else numbered(len(rows.cells[0]))
    return Layout(tabs, decoding, delimiter, quoting, skip, names, header, rows.cells[0]), rows


def _check(delimiter: str | None) -> None:
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n '):
        raise UserError(
            f"data.delimiter is {delimiter!r}, and should be one character that is no quote, space or line end.\n"
            "  Type for example data.delimiter=';' and for tabs data.delimiter=\"\\t\", or leave it out to detect it."
        )


def _cut(raw: bytes, decoding: Decoding, delimiter: str, quoting: bool | None, skip: int) -> tuple[Rows, bool]:
    clean = (decoding.clean and b"\0" not in raw) or decoding.codec.startswith(("utf-16", "utf-32"))

    def once(quoting: bool) -> Rows:
        return cut(islice(decoding.lines(raw), skip, None), delimiter, quoting, clean=clean, first=1 + skip)

    if quoting is not None:
        return once(quoting), quoting
    rows = once(True)
    if b'"' in raw and (delimiter == "\t" or rows.glued):  # else the answer is no, whatever the second pass finds
        plain = once(False)
        if quotes_are_text(rows, plain, delimiter):
            return plain, False
    return rows, True


def _names(rows: Rows, path: Path) -> list[str]:
    """The column names; a nameless one, as pandas writes above its index, is named by its position."""
    first, where = rows.cells[0], f"{shown(path)}:{rows.lines[0]}"
    if not any(name.strip() for name in first):
        raise DataError(
            f"{shown(path)} does not name its columns.",
            [Problem(where, "should hold the column names, and holds none", "Write names on the first line.")],
        )
    names = [name if name.strip() else spare for name, spare in zip(first, numbered(len(first)), strict=True)]
    double = [name for name, count in Counter(names).items() if count > 1]
    if double:
        raise DataError(
            f"{shown(path)} names a column twice.",
            [Problem(where, f"names {name!r} {names.count(name)} times") for name in double],
            "Rename one of them in the file: which one is meant would be a guess.",
        )
    return names


def _no_rows(path: Path, rows: Rows) -> DataError:
    problems = [Problem(f"{shown(path)}:{fault.line}", fault.note) for fault in rows.faults]
    return DataError(
        f"{shown(path)} holds no row that can be read.",
        problems or [Problem(shown(path), "holds only blank lines")],
        'If `"` is text like any other in this file, type data.quoting=false.' if problems else "",
    )


def _refuse_broken_top(path: Path, rows: Rows) -> None:
    """A fault above the first whole row hides the column names: the next row must not be taken for them."""
    top = min((fault for fault in rows.faults), key=lambda fault: fault.line, default=None)
    if top is None or top.line > rows.lines[0]:
        return
    hints = {"undecodable": "Mend it, or name the encoding: data.encoding=gb18030 (or big5, cp1252, ...)."}
    raise DataError(
        f"The column names of {shown(path)} cannot be read.",
        [
            Problem(
                f"{shown(path)}:{top.line}",
                top.note,
                hints.get(top.code, "Close the quote, or type data.quoting=false."),
            )
        ],
    )


def _refuse_misfit_top(path: Path, rows: Rows) -> None:
    """A first line that hardly any row fits is a title, or the delimiter is in the texts: not a fault of each row."""
    width = len(rows.cells[0])
    widths = Counter(len(cells) for cells in rows.cells[1:])
    usual, count = max(widths.items(), key=lambda item: item[1], default=(width, 0))
    if usual == width or count < 5 or widths[width] > 0.1 * count:
        return
    where = f"{shown(path)}:{rows.lines[0]}"
    if width == 1:
        hint = "If it is a title, remove it: the first line holds the column names."
    elif usual > width and all(not cells[-1] for cells in rows.cells[1:] if len(cells) == usual):
        hint = "The rows end with the delimiter and the first line does not: remove it from the rows."
    else:
        hint = "Cells that hold the delimiter must stand in quotes; another delimiter is named with data.delimiter=';'."
    raise DataError(
        f"The first line of {shown(path)} does not fit its rows.",
        [Problem(where, f"has {_count(width)}, and {count:,} of {len(rows.cells) - 1:,} rows have {usual}", hint)],
    )


def _refuse_other_formats(first: list[str], path: Path) -> None:
    head = first[0].lstrip()
    if head.startswith(('{"', "{'")):
        raise DataError(
            f"{shown(path)} holds JSON.",
            [Problem(f"{shown(path)}:1", "starts with {", "Rename the file to end in .jsonl or .json.")],
        )


def whole_rows(rows: Rows, layout: Layout, top: bool) -> tuple[list[list[str]], list[int], list[RowFault]]:
    """Rows of the right width with their lines; the others, and rows that repeat the names, as faults.

    Args:
        rows: what was cut.
        layout: of the file.
        top: whether these are the file's first rows.
    """
    width, above = len(layout.names), int(top and layout.header)
    kept: list[list[str]] = []
    lines: list[int] = []
    faults = list(rows.faults)
    for cells, line in zip(rows.cells[above:], rows.lines[above:], strict=True):
        if len(cells) == width:
            if layout.header and cells == layout.top:
                faults.append(RowFault(line, "ragged", "repeats the line of names"))
                continue
            kept.append(cells)
            lines.append(line)
        elif len(cells) > 1 or cells[0].strip():
            faults.append(RowFault(line, "ragged", f"{_count(len(cells))} instead of {width}"))
    return kept, lines, sorted(faults, key=lambda fault: fault.line)


def as_faults(faults: Iterable[RowFault], name: str) -> list[Fault]:
    """Faults with their file."""
    return [Fault(f.code, Place(file=name, line=f.line, note=f.note)) for f in faults]


def _columns(rows: Rows, layout: Layout, name: str) -> tuple[Table, list[Fault]]:
    kept, lines, faults = whole_rows(rows, layout, top=True)
    columns: dict[str, list[Cell]] = {}
    for position, column in enumerate(layout.names):
        shared: dict[str, str] = {}  # equal cells share one string: labels repeat, and memory counts
        columns[column] = [shared.setdefault(cells[position], cells[position]) for cells in kept]
    table = Table(columns, (), np.zeros(len(kept), dtype=np.int32), np.asarray(lines, dtype=np.int64))
    return table, as_faults(faults, name)


def _count(cells: int) -> str:
    return f"{cells} cell" if cells == 1 else f"{cells} cells"
