"""Entities of many rows: taken by row, counted, compared."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tunewright.tasks.entity_rows import EntityRows, counted, taken_for

TYPES = ("LOC", "PER")
ROW = st.lists(st.tuples(st.integers(0, 9), st.integers(10, 20), st.sampled_from(TYPES)), max_size=3)


@given(st.lists(ROW, max_size=6), st.lists(st.integers(0, 5), max_size=6))
def test_rows_come_back_as_they_went_in(rows: list[list[tuple[int, int, str]]], index: list[int]) -> None:
    """Danger: an entity counted for its neighbour's row."""
    made = EntityRows.of(TYPES, rows)
    assert len(made) == len(rows)
    assert [made.of_row(row) for row in range(len(rows))] == rows
    index = [row for row in index if row < len(rows)]
    some = made[np.array(index, dtype=np.int64)]
    assert [some.of_row(row) for row in range(len(some))] == [rows[row] for row in index]


def test_a_fingerprint_sees_every_place_and_type() -> None:
    """Danger: a run resumed on changed labels, because only pointers were hashed."""
    rows = [[(0, 4, "PER")], [], [(2, 3, "LOC")]]
    one = np.ascontiguousarray(EntityRows.of(TYPES, rows)).tobytes()
    assert one == np.ascontiguousarray(EntityRows.of(TYPES, rows)).tobytes()
    for other in ([[(0, 4, "LOC")], [], [(2, 3, "LOC")]], [[(0, 4, "PER")], [(2, 3, "LOC")], []]):
        assert one != np.ascontiguousarray(EntityRows.of(TYPES, other)).tobytes()


TRUTH = EntityRows.of(TYPES, [[(0, 4, "PER"), (10, 14, "LOC")], [(0, 4, "PER")], [], [(5, 9, "LOC")]])
FOUND = EntityRows.of(TYPES, [[(0, 4, "PER"), (10, 12, "LOC")], [(0, 4, "LOC")], [(3, 6, "PER")], []])


def test_right_is_type_and_both_ends() -> None:
    """Danger: overlap counted as found, which no published figure does."""
    counts = counted(TRUTH, FOUND)
    assert counts.hits.tolist() == [[0, 1], [0, 0], [0, 0], [0, 0]]
    assert counts.true.tolist() == [[1, 1], [0, 1], [0, 0], [1, 0]]
    assert counts.predicted.tolist() == [[1, 1], [1, 0], [0, 1], [0, 0]]


def test_what_is_taken_for_what() -> None:
    """Danger: an entity with a wrong end and one that was missed look alike in the report."""
    names, counts = taken_for(TRUTH, FOUND)
    assert names == ("LOC", "PER", "other ends", "nothing")
    assert counts.tolist() == [[0, 0, 1, 1], [1, 1, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0]]


def test_scores_stay_with_their_entities() -> None:
    """Danger: the surest entity shown with the doubt of another."""
    rows = EntityRows.of(TYPES, [[(0, 4, "PER")], [(5, 9, "LOC")]], [[0.9], [0.2]])
    assert rows[[1, 0]].scores_of_row(0) == [0.2]
