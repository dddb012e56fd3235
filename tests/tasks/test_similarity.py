"""The unit of a likeness."""

from __future__ import annotations

import numpy as np
import pytest
from trial import Trial

from tunewright.tasks.similarity import Similarity


@pytest.mark.parametrize("architecture", ["bi", "cross"])
def test_a_loss_for_another_target_is_refused(architecture: str) -> None:
    """Danger: a loss over vectors is given one number a row."""
    with pytest.raises(ValueError, match="cannot learn the targets"):
        Similarity(architecture=architecture, loss="info_nce")


def test_the_ends_of_the_scale_are_those_of_the_training_rows() -> None:
    """Danger: labels from 1 to 3 are taken for 0 to 5, and no pair can ever reach its label."""
    task = Similarity()
    space = task.space(["1", "3", "2.5"], "y")
    truth = task.encode(["1", "3", "2"], space)
    assert task.step_targets(truth, space).tolist() == [0.0, 1.0, 0.5]
    assert task.scores(np.array([[0.0], [1.0], [0.5]], dtype=np.float32), space).tolist() == [1.0, 3.0, 2.0]


def test_labels_that_are_all_the_same() -> None:
    """Danger: a scale of no width, and a division by zero in every target."""
    task = Similarity()
    space = task.space(["2", "2"], "y")
    assert np.isfinite(task.step_targets(task.encode(["2"], space), space)).all()


def test_what_a_model_was_trained_for_before_is_forgotten() -> None:
    """Danger: training goes on from a model whose answers are in the old label's unit, against cosines."""
    bench = Trial("bert", "full", Similarity())
    before = bench.logits(bench.model)
    bench.task.fold(bench.model, bench.space)
    assert bench.model.config.similarity_scale == [bench.space.mean, bench.space.mean + bench.space.scale]
    raw = bench.logits(bench.model)
    assert np.allclose(raw, before * bench.space.scale + bench.space.mean, atol=1e-5)
    again = Trial("bert", "full", Similarity())
    assert again.model.config.similarity_scale is None


def test_cosines_of_a_baseline_come_in_the_labels_unit() -> None:
    """Danger: the error of a baseline is that of its unit, and anything beats it."""
    first = np.eye(2)[[0, 0, 1]]
    second = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])
    found = Similarity().of_vectors(np.zeros(3), (first, second), (np.array([5.0, 1.0, 4.2]), (first, second)))
    assert found.tolist() == pytest.approx([5.0, 1.0, 4.2])


def test_cross_is_a_regression_of_both_texts() -> None:
    """Danger: the field changes nothing."""
    bench = Trial("bert", "full", Similarity(architecture="cross"))
    assert bench.encoded.second is None
    assert type(bench.plain).__name__ == "BertForSequenceClassification"
    assert bench.plain.config.sentence_transformers["activation_fn"].endswith("Identity")


def test_a_loss_over_the_order_leaves_the_unit_to_a_line() -> None:
    """Danger: cosines that were only put in order are read as parts of the scale, and every error figure is noise."""
    task = Similarity(loss="cosent")
    space = task.space(["1", "5"], "y")
    labels = np.array([1.0, 2.0, 4.0, 5.0])
    outputs = (0.6 + 0.05 * labels).astype(np.float32)[:, None]
    found = task.calibrated(space, outputs, labels)
    assert task.scores(outputs, found).tolist() == pytest.approx(labels.tolist(), abs=1e-4)
    assert task.calibrated(space, -outputs, labels) == space, "a line that falls is no unit"
    assert task.calibrated(space, outputs * 0, labels) == space
    assert Similarity().calibrated(space, outputs, labels) == space, "what is learned by squares has its unit"
    assert "straight line" in task.remarks(labels, labels)[0]
    assert Similarity().remarks(labels, labels) == []


def test_the_order_is_no_loss_of_texts_that_are_read_together() -> None:
    """Danger: a score without bounds under a loss made for cosines."""
    with pytest.raises(ValueError, match="cannot learn the targets"):
        Similarity(architecture="cross", loss="cosent")
