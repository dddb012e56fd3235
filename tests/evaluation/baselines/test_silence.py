"""No answer to any question."""

from __future__ import annotations

from tunewright.evaluation.baselines.silence import Silence


def test_it_is_right_where_there_is_no_answer(asked) -> None:
    """Danger: on data where most questions have no answer, a model that never answers looks good alone."""
    subject = asked([("who?", "Anna Li"), ("what?", "a film")], [("Anna Li", "0:Anna"), ("a film",)])
    found = Silence().answer(subject, subject.test).answers
    assert subject.task.decide(found, subject.space) == ["no answer", "no answer"]
    assert subject.task.wrongness(subject.test.truth, found)[0].tolist() == [True, False]


def test_it_is_left_out_where_all_have_one(asked) -> None:
    """Danger: a row of zeros in every table, as if it were a result."""
    subject = asked([("who?", "Anna Li")], [("Anna Li", "0:Anna")])
    attempt = Silence().answer(subject, subject.test)
    assert attempt.answers is None
    assert attempt.notes == ("left out: every question has an answer",)
