"""Cuts lines into cells, and goes on after a row that cannot be cut.

Python's `csv` is lenient by default: text after a closing quote is glued on, and a quote that never closes swallows
the rest of the file, without a word. Here it is strict, every row knows the line it starts on, and after a fault the
reading starts again on the very next line, so that a fault costs one row and not the rest of the file.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

__all__ = ["BROKEN", "RowFault", "Rows", "cut", "cut_pieces"]

BROKEN = frozenset(map(chr, range(0xDC80, 0xDD00)))
"""The lone surrogates that stand for bytes that could not be decoded."""

_MOST_KINDS = 1000


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that could not be cut: the line, the kind of fault, a note without the row's text."""

    line: int
    code: str
    note: str


@dataclass(slots=True)
class Rows:
    """What was cut: cells and starting line of each row, and the faults in between."""

    cells: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)
    long: dict[int, list[str]] = field(default_factory=dict)
    """Rows that run over several lines, by index, with those lines."""
    glued: int = 0
    """Faults of one line: text behind a closing quote."""


class _Lines:
    """Lines that can be taken back to where the current row began."""

    def __init__(self, source: Iterable[str], first: int) -> None:
        self._source = iter(source)
        self._again: list[str] = []
        self.taken: list[str] = []
        self.next_line = first

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._source)
        self.taken.append(line)
        self.next_line += 1
        return line

    def rewind_to_second(self) -> None:
        """Give back all lines of the current row but its first."""
        self._again.extend(reversed(self.taken[1:]))
        self.next_line -= len(self.taken) - 1
        self.taken = self.taken[:1]


def cut(lines: Iterable[str], delimiter: str, quoting: bool, *, clean: bool = True, first: int = 1) -> Rows:
    """Cut lines into rows; blank lines are no rows.

    Args:
        lines: with their line ends.
        delimiter: one character.
        quoting: whether `"` encloses cells (RFC 4180).
        clean: False looks in every line for zero bytes and for bytes that could not be decoded.
        first: number of the first line.
    """
    return next(cut_pieces(lines, delimiter, quoting, clean=clean, first=first, most=sys.maxsize), Rows())


def cut_pieces(
    lines: Iterable[str],
    delimiter: str,
    quoting: bool,
    *,
    clean: bool = True,
    first: int = 1,
    most: int,
    longest: int = sys.maxsize,
) -> Iterator[Rows]:
    """As `cut`, for lines that are too many to hold: pieces of at most `most` rows, and all faults.

    Args:
        most: rows in a piece.
        longest: characters in a cell; one that is longer is a quote that was never closed, which would otherwise
            gather the rest of the file.
    """
    source = _Lines(lines, first)
    more = True
    while more:
        rows = Rows()
        limit = csv.field_size_limit(longest)
        try:
            while more and len(rows.cells) < most:
                more = _cut_until_fault(source, rows, delimiter, quoting, clean, most)
        finally:
            csv.field_size_limit(limit)
        if rows.long:
            _release_swallowed(rows, delimiter)
        if rows.cells or rows.faults:
            yield rows


def _cut_until_fault(source: _Lines, rows: Rows, delimiter: str, quoting: bool, clean: bool, most: int) -> bool:
    """Cut up to the end of the lines (False), or past the next fault or up to `most` rows (True)."""
    if quoting:
        reader = csv.reader(source, delimiter=delimiter, strict=True)
    else:
        reader = csv.reader(source, delimiter=delimiter, quoting=csv.QUOTE_NONE, strict=True)
    while True:
        source.taken.clear()
        start = source.next_line
        try:
            row = next(reader)
        except StopIteration:
            return False
        except csv.Error:
            _note_quote_fault(source, rows, start)
            return True
        if not row:
            continue
        if not clean:
            broken = _broken(source.taken, start)
            if broken:
                rows.faults.append(broken)
                continue
        if len(source.taken) > 1:
            rows.long[len(rows.cells)] = list(source.taken)
        rows.cells.append(row)
        rows.lines.append(start)
        if len(rows.cells) >= most:
            return True


def _note_quote_fault(source: _Lines, rows: Rows, start: int) -> None:
    end = start + len(source.taken) - 1
    if end == start and source.taken[0].count('"') > 1:
        rows.glued += 1
        rows.faults.append(RowFault(start, "stray_quote", "text follows a closing quote"))
    else:
        rows.faults.append(RowFault(start, "unclosed_quote", "a quote opens here and is not closed"))
    source.rewind_to_second()


def _broken(taken: list[str], start: int) -> RowFault | None:
    for offset, line in enumerate(taken):
        if not line.isascii() and not BROKEN.isdisjoint(line):
            return RowFault(start + offset, "undecodable", "holds bytes that are not in the file's encoding")
        if "\0" in line:
            return RowFault(start + offset, "undecodable", "holds a zero byte")
    return None


def _release_swallowed(rows: Rows, delimiter: str) -> None:
    """Find long rows that hold rows of their own, call them unclosed quotes, and cut what they swallowed again.

    Two quotes that have nothing to do with each other make one valid cell of everything between them. It shows by
    lines inside that have the table's width and, in a column of few values, one of its values.
    """
    width = Counter(map(len, rows.cells)).most_common(1)[0][0]
    kinds = _few_values(rows, width)
    swallowed = [at for at, taken in rows.long.items() if _holds_rows(taken, rows.cells[at], kinds, width, delimiter)]
    for index in reversed(swallowed):
        taken, start = rows.long[index], rows.lines[index]
        again = cut(taken[1:], delimiter, True, first=start + 1)
        rows.faults.append(RowFault(start, "unclosed_quote", "a quote opens here and swallows the rows that follow"))
        rows.faults.extend(again.faults)
        rows.cells[index : index + 1] = again.cells
        rows.lines[index : index + 1] = again.lines
    rows.faults.sort(key=lambda fault: fault.line)


def _few_values(rows: Rows, width: int) -> list[frozenset[str]]:
    """For each column its values in rows of one line, when they repeat; empty for columns of free text."""
    kinds: list[frozenset[str]] = []
    short = [cells for index, cells in enumerate(rows.cells) if index not in rows.long and len(cells) == width]
    for column in range(width):
        values = {cells[column] for cells in short}
        few = len(values) <= _MOST_KINDS and 2 * len(values) <= len(short)
        kinds.append(frozenset(values - {""}) if few else frozenset())
    return kinds


def _holds_rows(taken: list[str], cells: list[str], kinds: list[frozenset[str]], width: int, delimiter: str) -> bool:
    if width < 2 or len(cells) != width:
        return False
    own = [frozenset([cell]) if cell and "\n" not in cell else frozenset() for cell in cells]

    def fits(line: str) -> bool:
        pieces = line.rstrip("\r\n").split(delimiter)
        opened = next((column for column, piece in enumerate(pieces) if piece.startswith('"')), -1)
        return len(pieces) == width and any(
            column > opened and (piece in kinds[column] or piece in own[column]) for column, piece in enumerate(pieces)
        )

    inner = [fits(line) for line in taken[1:-1]]
    return fits(taken[0]) or (len(inner) > 0 and 2 * sum(inner) >= len(inner))
