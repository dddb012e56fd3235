"""Tasks that answer with one vector a row: targets by sample, answers by row."""

from __future__ import annotations

import numpy as np
from trial import trial

from tunewright.tasks.classify import Classify


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
    assert np.array_equal(task.answers(logits, None, space), task.scores(logits, space))
    assert [p.label for p in task.predictions(task.answers(logits, None, space), space, ["", ""])] == ["b", "a"]
