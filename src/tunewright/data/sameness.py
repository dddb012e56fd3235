"""When two rows say the same: exactly, or up to case, width and spacing.

Rows are compared by 16-byte digests, so that 100,000 long texts cost megabytes and one pass, and so that the outcome
depends on neither the order of sets nor Python's hash seed.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tunewright.data.table import Cell, Table

__all__ = ["Keys", "exact_keys", "normal_keys", "normalised"]

Keys = NDArray[np.bytes_]
"""`S16` (rows,): one digest a row. The zeros that numpy drops at an item's end part no two of equal length."""


def normalised(text: str) -> str:
    """The text as a reader takes it: compatibility forms and case folded (NFKC), white space as one space."""
    if text.isascii():
        return " ".join(text.lower().split())
    # folding case can undo the normal form, so it is made twice (Unicode 3.13, D146)
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def exact_keys(table: Table, columns: Sequence[str]) -> Keys:
    """One digest a row, equal for rows whose cells in these columns are equal character by character."""
    return _keys(table, columns, normal=False)


def normal_keys(table: Table, columns: Sequence[str]) -> Keys:
    """One digest a row, equal for rows whose cells in these columns are equal once `normalised`."""
    return _keys(table, columns, normal=True)


def _keys(table: Table, columns: Sequence[str], *, normal: bool) -> Keys:
    cells = [table.column(name) for name in columns]
    digests = (_digest(row, normal) for row in zip(*cells, strict=True))
    return np.fromiter(digests, dtype="S16", count=len(table))


def _digest(row: tuple[Cell, ...], normal: bool) -> bytes:
    texts: list[str] = []
    shape: list[int] = []  # lengths keep ("ab", "c") and ("a", "bc") apart
    for cell in row:
        items = cell if isinstance(cell, tuple) else (cell or "",)
        shape.append(len(items))
        for item in items:
            text = normalised(item) if normal else item
            texts.append(text)
            shape.append(len(text))
    whole = f"{shape}{''.join(texts)}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(whole, digest_size=16).digest()
