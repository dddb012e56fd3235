"""Kinds of rows, found by sorting, must be those that going through them one by one would find."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tunewright.data.first_rows import first_of_both, first_rows, numbered

PAIRS = st.lists(st.tuples(st.sampled_from([b"a", b"b\0", b"b\0c", b"\0"]), st.integers(0, 3)), max_size=20)


@given(PAIRS)
def test_as_one_by_one(pairs) -> None:
    """A repeat that names the wrong earlier row sends the reader to an innocent line."""
    keys = np.array([key.ljust(16, b"x") for key, _ in pairs], dtype="S16")
    codes = np.array([code for _, code in pairs], dtype=np.int64)
    seen: dict[object, int] = {}
    alone = [seen.setdefault(key, row) for row, key in enumerate(keys.tolist())]
    both = [seen.setdefault(pair, row) for row, pair in enumerate(zip(keys.tolist(), codes.tolist(), strict=True))]
    order: dict[object, int] = {}
    assert first_rows(keys).tolist() == alone
    assert first_of_both(first_rows(keys), codes).tolist() == both
    assert numbered(first_rows(keys)).tolist() == [order.setdefault(key, len(order)) for key in keys.tolist()]
