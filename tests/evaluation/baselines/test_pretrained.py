"""The model before training."""

from __future__ import annotations

import numpy as np
import pytest

from tunewright.evaluation.baselines.pretrained import Pretrained

PAIRS = ([("a red film", "a red film"), ("the plot", "a long story"), ("good", "bad"), ("one two", "two one")],
         ["5", "1", "0", "3"])  # fmt: skip


def test_vectors_are_those_of_the_untouched_model(make_subject) -> None:
    """Danger: `before` is measured on the tuned weights, or on the head's first token."""
    subject = make_subject("embed", PAIRS, PAIRS, PAIRS)
    found = Pretrained().answer(subject, subject.test).answers
    untouched = subject.task.answers(subject.outputs(subject.test.encoded), subject.test.encoded, subject.space)
    assert np.allclose(found.first, untouched.first, atol=1e-5), "the subject's model has not been trained either"
    assert found.cosines[0] == pytest.approx(1.0, abs=1e-5)


def test_answers_come_in_the_labels_unit(make_subject) -> None:
    """Danger: cosines stand beside stars, and every error is that of the unit."""
    subject = make_subject("similarity", PAIRS, PAIRS, PAIRS)
    found = Pretrained().answer(subject, subject.test).answers
    assert found.shape == (4,)
    assert found.mean() == pytest.approx(np.mean([5, 1, 0, 3]), abs=0.5)
