"""Columns on disk must read as the lists they were written from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.data.kept_column import ColumnWriter, KeptColumn, read_column

CELLS = st.one_of(st.none(), st.text(max_size=20), st.lists(st.text(max_size=5), max_size=3).map(tuple))


def kept(folder, cells, piece: int = 3) -> KeptColumn:
    column = ColumnWriter(folder, "a")
    for start in range(0, len(cells), piece):
        column.extend(cells[start : start + piece])
    column.close()
    return read_column(folder, "a")


@settings(max_examples=60, deadline=None)
@given(cells=st.lists(CELLS, max_size=12), data=st.data())
def test_it_reads_like_the_list(tmp_path_factory, cells, data) -> None:
    """Null, empty text and an empty list are three things; 天气, U+2028 and surrogates must survive."""
    column = kept(tmp_path_factory.mktemp("column"), cells)
    assert list(column) == cells and column == cells and len(column) == len(cells)
    assert column[1:7:2] == cells[1:7:2] and column[::-1] == cells[::-1]
    for row in range(-len(cells), len(cells)):
        assert column[row] == cells[row]
    rows = np.array(data.draw(st.lists(st.integers(0, max(0, len(cells) - 1)), max_size=8 if cells else 0)), np.int64)
    taken = column.take(rows)
    assert list(taken) == [cells[row] for row in rows]
    assert list(taken.take(np.arange(len(rows))[::-1])) == [cells[row] for row in rows[::-1]]


def test_half_a_surrogate_pair_survives(tmp_path) -> None:
    """Such a cell is refused elsewhere, with its line; here it must not end the run with an encoding error."""
    assert list(kept(tmp_path, ["\ud800", "a"])) == ["\ud800", "a"]


def test_a_row_outside_is_refused(tmp_path) -> None:
    """Reading on into the next cell would give a text that nobody wrote."""
    column = kept(tmp_path, ["a", "b"])
    for row in (2, -3):
        with pytest.raises(IndexError):
            column[row]
    assert column != ["a"] and column != ["a", "c"]
