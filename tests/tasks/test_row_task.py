"""Tasks that answer with one vector a row: targets by sample, answers by row."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_models import tiny_tokenizer
from trial import trial

from tunewright.inputs import Encoded
from tunewright.inputs.text import TextInput
from tunewright.tasks.classify import Classify
from tunewright.tasks.multilabel import MultiLabel
from tunewright.tasks.regress import Regress


def test_targets_follow_the_samples() -> None:
    """Danger: targets in the order of the file beside samples in the order of their lengths."""
    bench = trial("bert", "full", "regress")
    samples = np.array([5, 2, 9])
    expected = bench.task.step_targets(bench.truth, bench.space)[samples]
    assert np.array_equal(bench.task.targets(bench.truth, bench.encoded, samples, bench.space), expected)


def test_answers_are_scores() -> None:
    """Danger: validation and prediction turn the same outputs into other probabilities."""
    task = Classify()
    space = task.space(["a", "b", "b"], "y")
    logits = np.array([[0.0, 2.0], [3.0, 0.0]], dtype=np.float32)
    rows = TextInput(text="t").encode({"t": ["good", "bad"]}, tiny_tokenizer(), 8)
    assert np.array_equal(task.answers(logits, rows, space), task.scores(logits, space))
    assert [p.label for p in task.predictions(task.answers(logits, rows, space), space, ["", ""])] == ["b", "a"]


@pytest.fixture
def windows() -> Encoded:
    """Three rows in 2, 1 and 3 windows."""
    cells = {"t": ["good film scene bad", "good", "a b c d e f"]}
    encoded = TextInput(text="t").encode(cells, tiny_tokenizer(), 4, overlap=0)
    assert encoded.rows.tolist() == [0, 0, 1, 2, 2, 2]
    return encoded


def test_windows_learn_their_row_and_share_its_weight(windows) -> None:
    """Danger: a text of three windows pulls three times as hard as a short one, or learns its neighbour's label."""
    task = Classify()
    truth, samples = np.array([1, 0, 2]), np.array([5, 0, 2])
    space = task.space(["a", "b", "c"], "y")
    assert task.targets(truth, windows, samples, space).tolist() == [2, 1, 0]
    assert task.shares(windows, samples).tolist() == [1 / 3, 1 / 2, 1.0]
    whole = TextInput(text="t").encode({"t": ["good", "bad"]}, tiny_tokenizer(), 8)
    assert task.shares(whole, np.arange(2)) is None


@pytest.mark.parametrize(("pooling", "wanted"), [("mean", [0.7, 0.3]), ("max", [0.9 / 1.4, 0.5 / 1.4])])
def test_the_answers_of_windows_are_pooled_as_probabilities(windows, pooling, wanted) -> None:
    """Danger: rows and windows out of step, so that a row has its neighbour's answer; or probabilities whose sum is
    not 1."""
    task = Classify(pooling=pooling)
    space = task.space(["a", "b"], "y")
    logits = np.log([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8], [0.1, 0.9], [0.1, 0.9], [0.1, 0.9]]).astype(np.float32)
    found = task.answers(logits, windows, space)
    assert found == pytest.approx(np.array([wanted, [0.2, 0.8], [0.1, 0.9]]), abs=1e-6)


def test_labels_and_numbers_of_windows(windows) -> None:
    """Danger: labels brought to a sum of 1 as if only one could be right; numbers of another row."""
    labels = MultiLabel(pooling="max")
    space = labels.space(["a|b"], "y")
    logits = np.array([[3, -3], [-3, 3], [-3, -3], [-3, -3], [-3, -3], [-3, 0]], dtype=np.float32)
    assert labels.decide(labels.answers(logits, windows, space), space) == ["a|b", "", "b"]
    task = Regress()
    numbers = task.space(["2", "4"], "y")
    found = task.answers(np.array([[1], [-1], [1], [1], [0], [-1]], dtype=np.float32), windows, numbers)
    assert found.tolist() == pytest.approx([3.0, 4.0, 3.0])
