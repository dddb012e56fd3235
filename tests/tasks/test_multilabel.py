"""Any number of labels a row."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from tunewright.tasks.multilabel import MultiLabel


def test_labels_of_all_rows_form_the_space() -> None:
    """Danger: `a|b` taken for one label of its own."""
    space = MultiLabel().space(["b|a", "", ("c", "a"), None, "b"], "y")
    assert space.names == ("a", "b", "c")
    assert space.counts == (2, 2, 1)
    assert space.kind == "labels"


def test_rows_without_labels_are_rows() -> None:
    """Danger: a row that has none of the labels left out, and every label thought more frequent than it is."""
    task = MultiLabel()
    space = task.space(["a|b", "b"], "y")
    truth = task.encode(["b|a", "", None, "b"], space)
    assert truth.tolist() == [[1, 1], [0, 0], [0, 0], [0, 1]]
    assert truth.dtype == np.float32


def test_a_label_counts_at_one_half() -> None:
    """Danger: a threshold that is strict here and not in the metrics, which then measure another decision."""
    task = MultiLabel()
    space = task.space(["a|b|c"], "y")
    assert task.decide(np.array([[0.5, 0.4999, 0.9], [0.1, 0.2, 0.3]]), space) == ["a|c", ""]
    truth = np.array([[1.0, 0.0, 1.0]])
    values = task.metric_values(truth, np.array([[0.5, 0.4999, 0.9]]), np.ones((1, 1)))
    assert values["exact_match"] == pytest.approx([1.0])


def test_scores_are_each_labels_own() -> None:
    """Danger: a softmax over labels, with which two labels can never both be likely."""
    task = MultiLabel()
    space = task.space(["a|b"], "y")
    logits = np.array([[3.0, 3.0], [1000.0, -1000.0]], dtype=np.float32)
    scores = task.scores(logits, space)
    assert scores[0] == pytest.approx(expit([3.0, 3.0]))
    assert scores[1] == pytest.approx([1.0, 0.0])
    assert task.decide(scores, space) == ["a|b", "a"]


def test_an_unseen_label_is_none_of_the_labels() -> None:
    """Danger: a label of the test file that is dropped in silence, and the row counted as right without it."""
    task = MultiLabel()
    with pytest.raises(KeyError):
        task.encode(["a|z"], task.space(["a|b"], "y"))
