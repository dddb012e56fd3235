"""Words in common."""

from __future__ import annotations

import numpy as np
import pytest

from tunewright.evaluation.baselines.overlap import Overlap

TRAIN = (
    [("a red film", "a red film"), ("a blue plot", "the long end"), ("the plot", "the plot is long")],
    ["5", "0", "3"],
)
TEST = ([("red film", "red film"), ("red film", "the end"), ("blue film", "a blue film")], ["5", "0", "4"])


def test_more_words_in_common_are_more_alike(make_subject) -> None:
    """Danger: a baseline that is weaker than counting words flatters the model."""
    subject = make_subject("similarity", TRAIN, TRAIN, TEST)
    attempt = Overlap().answer(subject, subject.test)
    same, none, most = attempt.answers
    assert same > most > none
    assert same == pytest.approx(5.0, abs=1.0), "in the label's unit"
    assert attempt.notes == ("9 features of words",)


def test_it_finds_partners(make_subject) -> None:
    """Danger: ranks of a baseline are counted otherwise than those of the model."""
    subject = make_subject("embed", TRAIN, TRAIN, TEST)
    answers = Overlap().answer(subject, subject.test).answers
    assert answers.ranks.tolist() == [1.0, 2.0, 1.0], "a film before the end; the other partner of `red film` aside"
    assert answers.numbers.tolist() == subject.test.truth.tolist()


def test_texts_without_words(make_subject) -> None:
    """Danger: scikit-learn's own error ends an evaluation after hours of training."""
    nothing = ([("!", "?"), ("...", "--")], ["1", "2"])
    subject = make_subject("similarity", nothing, nothing, nothing)
    attempt = Overlap().answer(subject, subject.test)
    assert attempt.answers is None
    assert "no words" in attempt.notes[0]


def test_chinese_is_compared_by_characters(make_subject) -> None:
    """Danger: a language without spaces is one word a text, and nothing is ever in common."""
    pairs = ([("李娜住在北京", "李娜住北京"), ("我们去看电影", "天气很好")], ["5", "0"])
    subject = make_subject("similarity", pairs, pairs, pairs)
    alike, other = Overlap().answer(subject, subject.test).answers
    assert alike > other
    assert np.isfinite([alike, other]).all()
