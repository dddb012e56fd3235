"""Which row was the first of its kind, for millions of rows: by sorting arrays, without an object a row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["first_of_both", "first_rows", "numbered"]

Rows = NDArray[np.int64]


def first_rows(keys: NDArray[Any]) -> Rows:
    """For each row the first row with an equal key, itself where there is none before: int64 (rows,)."""
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    found: Rows = first[inverse.reshape(-1)].astype(np.int64)
    return found


def first_of_both(first: Rows, codes: Rows) -> Rows:
    """For each row the first row that is equal in two ways.

    Args:
        first: `first_rows` of the one.
        codes: numbers from 0 on of the other, equal for equal rows.
    """
    return first_rows(first * (int(codes.max(initial=0)) + 1) + codes)


def numbered(first: Rows) -> Rows:
    """Kinds of rows counted from 0 in the order in which each is first met, from `first_rows`."""
    begins = first == np.arange(len(first))
    counted: Rows = (np.cumsum(begins) - 1)[first]
    return counted
