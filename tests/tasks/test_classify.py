"""One label out of several."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from tunewright.tasks.classify import Classify


def test_labels_are_sorted_text() -> None:
    """Danger: `10` before `9` is right for text; turned into numbers, `007` and `7` become one class."""
    space = Classify().space(["9", "10", "007", "7", "9"], "y")
    assert space.names == ("007", "10", "7", "9")
    assert space.counts == (1, 1, 1, 2)
    assert space.kind == "classes"


def test_labels_survive_as_written() -> None:
    """Danger: labels NA and null turned into missing values, capitals folded, spaces trimmed."""
    cells = ["NA", "null", "na", "Trả hàng", "退货", " a"]
    task = Classify()
    space = task.space(cells, "y")
    truth = task.encode(cells, space)
    assert task.decide(np.eye(6)[truth], space) == cells


def test_an_unseen_label_is_no_class() -> None:
    """Danger: an unseen label counted as the first class. The audit refuses such rows; this is the last line."""
    task = Classify()
    space = task.space(["a", "b"], "y")
    with pytest.raises(KeyError):
        task.encode(["c"], space)


def test_scores_are_probabilities_at_any_size_of_logit() -> None:
    """Danger: exp(1000) is infinite, and its share of itself is not a number."""
    task = Classify()
    space = task.space(["a", "b", "c"], "y")
    scores = task.scores(np.array([[1000.0, 0.0, -1000.0], [0.0, 0.0, 0.0]], dtype=np.float32), space)
    assert scores.dtype == np.float64
    assert scores.sum(axis=1) == pytest.approx([1.0, 1.0])
    assert scores[1] == pytest.approx([1 / 3] * 3)
    assert task.decide(scores, space) == ["a", "a"]


def test_accuracy_is_scikit_learns() -> None:
    """Danger: a metric of one's own under a known name."""
    task = Classify()
    generator = np.random.default_rng(0)
    truth, scores = generator.integers(0, 3, 50), generator.dirichlet([1, 1, 1], 50)
    values = task.metric_values(truth, scores, np.ones((1, 50)))
    assert values[task.primary][0] == pytest.approx(accuracy_score(truth, scores.argmax(axis=1)))
