"""The commonest tag of each word."""

from __future__ import annotations

import numpy as np
import pytest

from tunewright.data.entities import written
from tunewright.evaluation import details
from tunewright.evaluation.baselines.dictionary import Dictionary
from tunewright.evaluation.measured import Draws, Measured

TRAIN = (
    ["Anna saw Rome", "Anna Li left", "Rome is red", "red Li"],
    [
        written([(0, 4, "PER"), (9, 13, "LOC")]),
        written([(0, 7, "PER")]),
        written([(0, 4, "LOC")]),
        (),
    ],
)
TEST = (["Rome saw Anna Li", "Bob left"], [written([(0, 4, "LOC"), (9, 16, "PER")]), written([(0, 3, "PER")])])


@pytest.fixture
def subject(make_subject):
    return make_subject("tag", TRAIN, None, TEST)


def test_words_keep_their_commonest_tag(subject) -> None:
    """Danger: a baseline that is weaker than a list of names flatters the model. `Li` is tagged once and once not:
    the first seen counts."""
    attempt = Dictionary().answer(subject, subject.test)
    assert attempt.answers.of_row(0) == [(0, 4, "LOC"), (9, 16, "PER")]
    assert attempt.answers.of_row(1) == [], "an unknown name is not found"
    assert attempt.notes == ("7 words learned",)


def test_its_figures(subject) -> None:
    """Danger: truth and answers out of step."""
    found = Measured.of(
        "dictionary", subject.test, Dictionary().answer(subject, subject.test).answers, subject.task, Draws(40, 0)
    )
    assert found.values["precision"] == 1.0
    assert found.values["recall"] == pytest.approx(2 / 3)
    assert found.values["exact_match"] == 0.5


def test_the_worst_rows_of_a_tagger(subject) -> None:
    """Danger: the report lists right rows, or shows places without their labels."""
    answers = Dictionary().answer(subject, subject.test).answers
    worst = details.mistakes(subject, subject.test, answers, most=5)
    assert [(m.line, m.truth, m.predicted, m.score) for m in worst] == [(3, 'PER "Bob"', "", 1.0)]
    assert [one.label for one in details.by_label(subject, subject.test, answers, Draws(40, 0))] == ["LOC", "PER"]
    confusion = details.confusion(subject, subject.test, answers)
    assert np.sum(confusion.counts) == 3
