"""Right and found answers of many rows."""

from __future__ import annotations

import numpy as np

from tunewright.tasks.answer_rows import FoundAnswers, RightAnswers

CELLS = [("a good film", "2:good", "2:good film"), ("no answer here",), ("北京 很好", "0:北京")]


def test_rows_are_taken_whole() -> None:
    """Danger: answers of one row beside the context of another, once rows are sorted or drawn."""
    rows = RightAnswers(CELLS)
    assert rows.of(0) == [(2, "good"), (2, "good film")]
    taken = rows[np.array([2, 1])]
    assert (len(taken), taken.context(0), taken.of(0), taken.of(1)) == (2, "北京 很好", [(0, "北京")], [])
    assert rows[np.array([True, False, False])].context(0) == "a good film"


def test_a_fingerprint_sees_every_answer() -> None:
    """Danger: a run resumed on data whose second answers changed."""
    assert np.asarray(RightAnswers(CELLS)).tolist() == [[0, 2, 6], [0, 2, 11], [1, -1, -1], [2, 0, 2]]


def test_found_answers() -> None:
    """Danger: no answer comes out as the last character of the context."""
    first = RightAnswers(CELLS).first()
    assert [first.text(row, CELLS[row][0]) for row in range(3)] == ["good", "", "北京"]
    assert FoundAnswers(first.spans, first.scores)[np.array([2])].spans.tolist() == [[0, 2]]
