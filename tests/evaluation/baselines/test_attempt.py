from __future__ import annotations

import numpy as np

from tunewright.evaluation.baselines import attempt
from tunewright.evaluation.baselines.attempt import lesson, unteachable


def test_choice_never_sees_the_measured_rows(make_subject, reviews) -> None:
    """A baseline tuned on the rows it is measured on is too strong, and the tuned model looks worse than it is."""
    train, other = reviews(50, 0), reviews(20, 1)
    both = lesson(make_subject("classify", train, other, reviews(20, 2)))
    assert (len(both.rows), both.choice.name, len(both.choice), both.choice_is_learned) == (50, "validation", 20, False)
    for subject in (make_subject("classify", train, other, None), make_subject("classify", train, None, other)):
        taught = lesson(subject)
        assert (len(taught.rows), len(taught.choice), taught.choice_is_learned) == (40, 10, True)
        lines = np.concatenate([taught.rows.table.line, taught.choice.table.line])
        assert sorted(lines) == sorted(subject.train.table.line)


def test_large_tables_are_drawn_from_and_it_is_said(make_subject, monkeypatch, reviews) -> None:
    """A baseline on part of the rows is weaker: who reads the comparison must know."""
    monkeypatch.setattr(attempt, "MOST_TRAINING_ROWS", 30)
    monkeypatch.setattr(attempt, "MOST_CHOICE_ROWS", 5)
    subject = make_subject("classify", reviews(50, 0), reviews(20, 1), reviews(20, 2))
    taught = lesson(subject)
    assert (len(taught.rows), len(taught.choice)) == (30, 5)
    assert taught.notes == ("learned from 30 of the 50 training rows, a seeded draw",)
    assert list(taught.rows.table.line) == list(lesson(subject).rows.table.line)
    assert list(taught.rows.table.line) != sorted(taught.rows.table.line), "the first rows of a file are no sample"


def test_what_nothing_can_be_learned_from(make_subject) -> None:
    """scikit-learn's own words for one class or no row do not say which baseline, nor what follows."""
    one_class = make_subject("classify", (["good", "bad", "fine"], ["a", "a", "a"]), None, None)
    assert "all of one class" in unteachable(one_class, lesson(one_class))
    one_row = make_subject("regress", (["good"], ["1"]), None, None)
    assert "0 training row(s)" in unteachable(one_row, lesson(one_row))
    fine = make_subject("classify", (["good", "bad"] * 5, ["a", "b"] * 5), None, None)
    assert unteachable(fine, lesson(fine)) == ""
