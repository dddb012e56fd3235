from __future__ import annotations

import numpy as np

from tunewright.evaluation.baselines.majority import majority


def test_classes_get_their_shares(make_subject) -> None:
    """Scores of 0 and 1 would give the same decisions, and a loss of 36 for every other row."""
    train = (["good", "bad", "fine", "poor"], ["b", "a", "b", "c"])
    subject = make_subject("classify", train, None, (["good", "bad"], ["a", "c"]))
    scores = majority(subject, subject.test).answers
    np.testing.assert_allclose(scores, [[0.25, 0.5, 0.25]] * 2)
    assert subject.task.decide(scores, subject.space) == ["b", "b"]


def test_labels_get_their_shares(make_subject) -> None:
    """Shares of labels are each label's own: they do not sum to 1."""
    train = (["good", "bad", "fine", "poor"], ["a|b", "a", "a|c", ""])
    subject = make_subject("multilabel", train, None, train)
    np.testing.assert_allclose(majority(subject, subject.test).answers, [[0.75, 0.25, 0.25]] * 4)


def test_numbers_get_the_mean(make_subject) -> None:
    """The mean of the training rows, not of the measured: that would know the answer."""
    subject = make_subject("regress", (["good", "bad"], ["1", "4"]), None, (["fine"], ["100"]))
    np.testing.assert_allclose(majority(subject, subject.test).answers, [2.5])
