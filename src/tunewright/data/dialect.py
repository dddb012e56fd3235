"""Finds out how a csv file is cut: the character between cells, what quotes mean, and whether names stand on top."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from tunewright.data.quoted_rows import Rows, cut
from tunewright.data.targets import parse_number

__all__ = ["delimiter_of", "has_header", "numbered", "quotes_are_text"]

_DELIMITERS = (",", "\t", ";", "|")
_SAMPLE_LINES = 400


def delimiter_of(lines: Iterable[str], preferred: str) -> str:
    """The character that cuts most of the first lines into as many cells as the very first one.

    Args:
        lines: the file's lines; only the first few hundred are looked at.
        preferred: wins a tie, and is the answer when nothing cuts the first line.
    """
    sample = list(itertools.islice(lines, _SAMPLE_LINES))
    best, best_share = preferred, 0.0
    for candidate in sorted(_DELIMITERS, key=lambda mark: mark != preferred):
        rows = cut(sample, candidate, True).cells
        if rows and len(rows[0]) > 1:
            share = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
            if share > best_share:
                best, best_share = candidate, share
    return best


def quotes_are_text(quoted: Rows, plain: Rows, delimiter: str) -> bool:
    """Whether `"` is text like any other in a file that holds some.

    Args:
        quoted: the file cut with quotes enclosing cells.
        plain: the file cut with quotes as text.

    In a tab-separated file this is usual (STS-B), and what leaves more whole rows is believed. In the others it is
    rare, and cells like `"Great" he said` must outnumber the cells in quotes. A file whose first line stands in quotes,
    or a column of it, was written with quoting, whatever else went wrong in it.
    """
    if not plain.cells:
        return False
    width = len(plain.cells[0])
    in_quotes, bare, whole = _quote_habits(plain, width)
    if whole or all(_enclosed(cell) for cell in plain.cells[0]):
        return False
    clean_plain = sum(len(row) == width for row in plain.cells)
    clean_quoted = sum(len(row) == len(quoted.cells[0]) for row in quoted.cells) if quoted.cells else 0
    if delimiter == "\t":
        needed = any("\t" in cell or "\n" in cell for row in quoted.cells for cell in row)
        return clean_plain > clean_quoted or (clean_plain == clean_quoted and bare > 0 and not needed)
    return quoted.glued > in_quotes and clean_plain > clean_quoted


def _quote_habits(plain: Rows, width: int) -> tuple[int, int, bool]:
    """(cells wholly in quotes, cells with a quote elsewhere, whether some column is wholly in quotes)."""
    in_quotes = bare = 0
    columns = [[0, 0] for _ in range(width)]
    for row in plain.cells[1:]:
        for column, cell in enumerate(row[:width]):
            if not cell:
                continue
            enclosed = '"' in cell and _enclosed(cell)
            in_quotes += enclosed
            bare += '"' in cell and not enclosed and '""' not in cell
            columns[column][0] += 1
            columns[column][1] += enclosed
    return in_quotes, bare, any(filled > 2 and filled == enclosed for filled, enclosed in columns)


def _enclosed(cell: str) -> bool:
    return len(cell) > 1 and cell[0] == '"' == cell[-1] and cell[1:-1].count('"') == 2 * cell[1:-1].count('""')


def has_header(rows: Sequence[Sequence[str]], wanted: Sequence[str] = ()) -> bool:
    """Whether the first row holds names instead of data.

    It does when it holds a name that is asked for. Otherwise it does not when the names asked for are `column_1` and
    so on, when a number stands on top of a column of numbers, when one of its cells comes back further down in the
    same column, as labels do, or when one ends with a full stop.
    """
    first, body = rows[0], rows[1:]
    if any(name in first for name in wanted):
        return True
    if wanted and all(name in numbered(len(first)) for name in wanted):
        return False
    if any(cell.rstrip().endswith("。") for cell in first):
        return False  # a sentence: no column is called so
    if list(first) == [str(number) for number in range(len(first))]:
        return True  # what pandas writes for a table without names
    body = [row for row in body[:2000] if len(row) == len(first) and list(row) != list(first)]
    for column, cell in enumerate(first):
        below = [row[column] for row in body]
        if cell.strip() and below.count(cell) > 1:
            return False
        if _is_number(cell) and sum(map(_is_number, below)) >= 0.9 * len(below) > 0:
            return False
    return True


def numbered(width: int) -> list[str]:
    """Names for the columns of a file without names: `column_1`, `column_2`, ..."""
    return [f"column_{number}" for number in range(1, width + 1)]


def _is_number(cell: str) -> bool:
    try:
        parse_number(cell)
    except ValueError:
        return False
    return True
