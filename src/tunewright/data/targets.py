"""What a target cell says: a label, several labels, or a number."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from tunewright.cells.spelled import spelled
from tunewright.data.table import Cell, is_empty

__all__ = ["label_separator", "parse_label", "parse_labels", "parse_number"]

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+", re.ASCII)
_SEPARATORS = ("|", ";", ",")


def parse_label(cell: Cell) -> str:
    """The label of a row, exactly as written: `007` and `7` are two labels.

    Raises:
        ValueError: the cell is empty or lists several labels.
    """
    if is_empty(cell):
        raise ValueError("has no label")
    if isinstance(cell, tuple):
        if len(cell) != 1:
            raise ValueError("lists several labels where one is wanted")
        return cell[0]
    assert cell is not None
    return cell


def parse_labels(cell: Cell, separator: str | None = None) -> tuple[str, ...]:
    """The labels of a row, in the order written, each once; an empty cell has none.

    A list (JSON, Parquet) is taken as it is, a text that spells a list (`["a", "b"]`) likewise. Other text is cut at
    `separator`, and without one at the first of `|`, `;`, `,` that occurs; spaces around a label are dropped, and so
    is nothing between two separators. The separator of a whole column is `label_separator`'s: taken cell by cell,
    `a, b|c` and `a, b` would be read by two rules.

    Raises:
        ValueError: a list holds an empty label.
    """
    if is_empty(cell):
        return ()
    if isinstance(cell, tuple):
        names = list(cell)
    else:
        assert cell is not None
        listed = _spelled_list(cell)
        if listed is not None:
            names = listed
        else:
            chosen = separator if separator is not None else label_separator([cell])
            pieces = cell.split(chosen) if chosen else [cell]
            names = [piece.strip() for piece in pieces if piece.strip()]
    if any(not name.strip() for name in names):
        raise ValueError("lists an empty label")
    return tuple(dict.fromkeys(names))


def label_separator(cells: Iterable[Cell]) -> str:
    """The one character that parts the labels of a text column: the first of `|`, `;`, `,` that occurs in any cell.

    Empty when none occurs, and every cell is one label.
    """
    seen: set[str] = set()
    for cell in cells:
        if isinstance(cell, str) and _spelled_list(cell) is None:
            seen.update(mark for mark in _SEPARATORS if mark in cell)
            if "|" in seen:
                break
    return next((mark for mark in _SEPARATORS if mark in seen), "")


def parse_number(cell: Cell) -> float:
    """The number of a row: digits, one decimal point, an exponent; nothing else passes.

    Python's own `float` also takes `1_000`, `nan` and `infinity`, each of which is a mistake in a column of scores.

    Raises:
        ValueError: with one sentence that says what is wrong, without the cell's text.
    """
    if is_empty(cell):
        raise ValueError("has no number")
    if isinstance(cell, tuple):
        raise ValueError("lists several values where one number is wanted")
    assert cell is not None
    text = cell.strip()
    if _NUMBER.fullmatch(text):
        value = float(text)
        if math.isinf(value):
            raise ValueError("is too large for a number")
        return value
    if _DECIMAL_COMMA.fullmatch(text):
        raise ValueError("has a comma where the decimal point should be: write 3.5, not 3,5")
    if text.lstrip("+-").casefold() in ("nan", "inf", "infinity"):
        raise ValueError("is not a finite number")
    if text.endswith("%") and _NUMBER.fullmatch(text[:-1].strip()):
        raise ValueError("ends with a percent sign: write the bare number")
    raise ValueError("is not a number")


def _spelled_list(text: str) -> list[str] | None:
    """The items of `["a", "b"]` or `['a', 'b']`; None when the text is no list of texts and numbers."""
    text = text.strip()
    if not (text.startswith("[") and text.endswith("]")):
        return None
    items = spelled(text, str)
    if not isinstance(items, list) or not all(isinstance(item, (str, int, float)) for item in items):
        return None
    return [str(item) for item in items]
