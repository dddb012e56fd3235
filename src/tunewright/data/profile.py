"""What a column looks like, seen from outside: how long, how varied, numbers or words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from tunewright.data.table import Cell, is_empty
from tunewright.data.targets import label_separator, parse_labels, parse_number

__all__ = ["ColumnProfile", "profile_of", "words_of_name"]

_SAMPLE = 5000
_ID_WORDS = frozenset(
    ("id", "ids", "uid", "uuid", "guid", "idx", "index", "key", "no", "nr", "number", "row", "hash", "sha", "md5")
) | frozenset(("url", "path", "file", "filename"))
_WIDE = range(0x2E80, 0xFFF0)


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """A column in figures; all but `distinct` and `variety` from about 5,000 rows taken evenly over the table.

    Attributes:
        name: its name.
        filled: share of cells that are not empty, 0..1.
        distinct: different cells.
        variety: different cells per filled cell, 0..1.
        length: mean length in characters.
        width: mean length where a Chinese, Japanese or Korean character counts double: how much a text says.
        numeric: share of filled cells that are numbers.
        fractions: share of filled cells that are numbers with a fraction.
        lists: whether cells hold several values.
        is_id: whether it only tells rows apart.
    """

    name: str
    filled: float
    distinct: int
    variety: float
    length: float
    width: float
    numeric: float
    fractions: float
    lists: bool
    is_id: bool


def words_of_name(name: str) -> tuple[str, ...]:
    """`labelGold`, `label_gold` and `Label Gold` are all `label`, `gold`; accents stay, a number stands alone."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFC", name))
    return tuple(re.findall(r"[^\W\d_]+|\d+", spaced.casefold()))


def profile_of(name: str, cells: Sequence[Cell]) -> ColumnProfile:
    """Look at one column."""
    sample = cells[:: max(1, len(cells) // _SAMPLE)]  # evenly: a file sorted by label would show one label at its top
    filled = [cell for cell in sample if not is_empty(cell)]
    texts = [" ".join(cell) if isinstance(cell, tuple) else cell or "" for cell in filled]
    count = max(1, len(texts))
    different = {cell for cell in cells if not is_empty(cell)}
    distinct, variety = len(different), len(different) / max(1, sum(not is_empty(cell) for cell in cells))
    numeric = [_number(text) for text in texts]
    length, width = sum(map(len, texts)) / count, sum(map(_width, texts)) / count
    is_numeric = sum(value is not None for value in numeric) / count
    fractions = sum(value is not None and not value.is_integer() for value in numeric) / count
    one_word = sum(" " not in text.strip() for text in texts) / count
    words = words_of_name(name)
    counts_up = is_numeric == 1 and fractions == 0 and variety > 0.9
    says_id = bool(words) and (words[-1] in _ID_WORDS or words[0] in ("id", "uuid", "index"))
    code = (
        variety == 1
        and is_numeric < 1
        and one_word == 1
        and count > 20
        and width < 48
        and any(text.isascii() for text in texts)
    )
    return ColumnProfile(
        name=name,
        filled=len(filled) / max(1, len(sample)),
        distinct=distinct,
        variety=variety,
        length=length,
        width=width,
        numeric=is_numeric,
        fractions=fractions,
        lists=_holds_lists(filled),
        is_id=(says_id and (variety > 0.5 or is_numeric == 1)) or (counts_up and count > 20) or code,
    )


def _width(text: str) -> int:
    return len(text) if text.isascii() else len(text) + sum(ord(mark) in _WIDE for mark in text)


def _number(text: str) -> float | None:
    try:
        return parse_number(text)
    except ValueError:
        return None


def _holds_lists(cells: Sequence[Cell]) -> bool:
    """Lists by type, or short texts in which a separator parts values that occur again and again."""
    if any(isinstance(cell, tuple) for cell in cells):
        return True
    separator = label_separator(cells)
    spelled = [cell for cell in cells if isinstance(cell, str)]
    if not separator and not any(cell.startswith("[") and cell.endswith("]") for cell in spelled):
        return False
    try:
        rows = [parse_labels(cell, separator) for cell in spelled]
    except ValueError:
        return False
    items = [item for row in rows for item in row]
    several = sum(len(row) > 1 for row in rows)
    return several > 0.05 * len(rows) and 4 * len(set(items)) <= len(items) and max(map(len, items)) <= 60
