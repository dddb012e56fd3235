"""Texts of many rows: indexed like an array, and told apart by their fingerprint."""

from __future__ import annotations

import numpy as np

from tunewright.tasks.text_rows import TextRows


def test_rows_are_taken_with_what_belongs_to_them() -> None:
    """Danger: a translation under another row's certainty."""
    rows = TextRows(["a", "b", "c"], np.array([0.1, 0.2, 0.3]), np.array([True, False, False]))
    taken = rows[np.array([2, 0])]
    assert taken.texts == ["c", "a"] and taken.certainty.tolist() == [0.3, 0.1] and taken.cut.tolist() == [False, True]
    assert rows[1:].texts == ["b", "c"] and len(rows[np.zeros(0, dtype=np.int64)]) == 0


def test_a_fingerprint_tells_where_texts_end() -> None:
    """Danger: two sets of targets with one fingerprint, and a run resumed on the other one."""
    prints = [
        bytes(np.asarray(TextRows(texts))) for texts in (["ab", "c"], ["a", "bc"], ["ab", "c", ""], ["山", "\ud800"])
    ]
    assert len(set(prints)) == 4
