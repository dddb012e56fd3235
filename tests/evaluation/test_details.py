from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from tunewright.evaluation import details
from tunewright.evaluation.measured import Draws

DRAWS = Draws(100, seed=0)


@pytest.fixture
def three(make_subject):
    """Three classes, four test rows, one of them right."""
    train = (["good film", "bad film", "fine plot"], ["a", "b", "c"])
    test = (["good", "bad", "fine", "x" * 900], ["a", "b", "b", "c"])
    return make_subject("classify", train, None, test)


SCORES = np.array([[0.8, 0.1, 0.1], [0.5, 0.3, 0.2], [0.05, 0.05, 0.9], [0.4, 0.35, 0.25]])


def test_mistakes_are_the_most_confident_first(three) -> None:
    """A row that is right, or another row's text or line, sends the reader to a place where nothing is wrong."""
    found = details.mistakes(three, three.test, SCORES, most=10)
    assert [(m.line, m.truth, m.predicted, m.score) for m in found] == [
        (4, "b", "c", 0.9),
        (3, "b", "a", 0.5),
        (5, "c", "a", 0.4),
    ]
    assert [m.text for m in found] == ["fine", "bad", "x" * 500]
    assert {m.file for m in found} == {"test.csv"}
    assert details.mistakes(three, three.test, SCORES, most=1) == found[:1]
    assert details.mistakes(three, three.test, SCORES, most=0) == ()


def test_mistakes_of_numbers_and_labels(make_subject) -> None:
    """For a number the farthest row is the worst; for labels the one with the surest wrong decision."""
    numbers = (["good", "bad", "fine"], ["1", "2", "4"])
    subject = make_subject("regress", numbers, None, numbers)
    found = details.mistakes(subject, subject.test, np.array([1.0, 5.0, 3.5]), most=5)
    assert [(m.line, m.truth, m.predicted, m.score) for m in found] == [(3, "2", "5", 3.0), (4, "4", "3.5", 0.5)]
    cells = (["good", "bad", "fine"], ["a|b", "b", "a"])
    subject = make_subject("multilabel", cells, None, cells)
    scores = np.array([[0.9, 0.45], [0.95, 0.9], [0.6, 0.1]])
    found = details.mistakes(subject, subject.test, scores, most=5)
    assert [(m.line, m.truth, m.predicted) for m in found] == [(3, "b", "a|b"), (2, "a|b", "a")]
    assert [m.score for m in found] == pytest.approx([0.95, 0.55])


def test_mistakes_show_both_texts_of_a_pair(make_subject) -> None:
    """One text of two does not explain a mistake."""
    pairs = ([("good film", "bad film"), ("fine", "lovely")], ["no", "yes"])
    subject = make_subject("classify", pairs, None, pairs)
    found = details.mistakes(subject, subject.test, np.array([[0.2, 0.8], [0.1, 0.9]]), most=5)
    assert [m.text for m in found] == ["good film\nbad film"]


def test_labels_and_confusion_equal_scikit_learn(three) -> None:
    """Names beside another label's figures are worse than no figures."""
    predicted = SCORES.argmax(axis=1)
    precision, recall, f1, support = precision_recall_fscore_support(three.test.truth, predicted, zero_division=np.nan)
    found = details.by_label(three, three.test, SCORES, DRAWS)
    assert [quality.label for quality in found] == ["a", "b", "c"]
    np.testing.assert_allclose([quality.precision for quality in found], precision)
    np.testing.assert_allclose([quality.recall for quality in found], recall)
    np.testing.assert_allclose([quality.f1 for quality in found], f1)
    np.testing.assert_allclose([quality.support for quality in found], support)
    assert all(quality.low <= quality.f1 <= quality.high for quality in found)
    confusion = details.confusion(three, three.test, SCORES)
    assert confusion.labels == ("a", "b", "c")
    np.testing.assert_array_equal(confusion.counts, confusion_matrix(three.test.truth, predicted))


def test_labels_of_multilabel(make_subject) -> None:
    """A label is measured on its own column."""
    cells = (["good", "bad", "fine"], ["a|b", "b", "a"])
    subject = make_subject("multilabel", cells, None, cells)
    scores = np.array([[0.9, 0.4], [0.2, 0.9], [0.1, 0.1]])
    found = details.by_label(subject, subject.test, scores, DRAWS)
    assert [(q.label, q.precision, q.recall, q.support) for q in found] == [("a", 1.0, 0.5, 2), ("b", 1.0, 0.5, 2)]
    assert details.confusion(subject, subject.test, scores) is None
    assert details.scatter(subject, subject.test, scores, seed=0) == ()


def test_too_many_classes_have_no_matrix(three, monkeypatch) -> None:
    """A matrix of a thousand classes is a million cells of JSON that nobody reads."""
    monkeypatch.setattr(details, "MOST_CONFUSED", 2)
    assert details.confusion(three, three.test, SCORES) is None


def test_scatter_pairs_truth_with_prediction(make_subject, monkeypatch) -> None:
    """Pairs out of step show a model without skill."""
    numbers = (["good", "bad", "fine", "poor"], ["1", "2", "4", "8"])
    subject = make_subject("regress", numbers, None, numbers)
    pairs = details.scatter(subject, subject.test, subject.test.truth * 10, seed=0)
    assert pairs == ((1, 10), (2, 20), (4, 40), (8, 80))
    monkeypatch.setattr(details, "SCATTERED", 2)
    some = details.scatter(subject, subject.test, subject.test.truth * 10, seed=0)
    assert len(some) == 2 and set(some) <= set(pairs)
    assert details.by_label(subject, subject.test, subject.test.truth, DRAWS) == ()
    assert details.confusion(subject, subject.test, subject.test.truth) is None
