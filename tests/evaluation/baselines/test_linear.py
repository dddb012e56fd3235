from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from tunewright.evaluation.baselines import linear
from tunewright.evaluation.baselines.attempt import lesson
from tunewright.evaluation.baselines.linear import Grid, answered
from tunewright.tasks import Space


def features(rows: int, seed: int = 0):
    return np.random.default_rng(seed).normal(size=(rows, 5)).astype(np.float32)


@pytest.mark.parametrize("classes", [2, 4])
def test_probabilities_equal_scikit_learn(classes) -> None:
    """Weights are taken out of scikit-learn's model, which goes on learning: sign, order or scale could be lost."""
    rows = features(200)
    truth = np.digitize(rows[:, 0] + rows[:, 1], np.linspace(-1, 1, classes - 1))
    space = Space("classes", tuple("abcd"[:classes]))
    path = list(linear._path(space, [0.1, 10.0], rows, truth))
    for strength, answer in path:
        alone = LogisticRegression(C=strength, max_iter=1000).fit(rows, truth)
        np.testing.assert_allclose(answer(rows), alone.predict_proba(rows), atol=5e-3)
        np.testing.assert_allclose(answer(sparse.csr_array(rows)), answer(rows), atol=1e-6)


def test_classes_without_rows_keep_their_columns() -> None:
    """scikit-learn numbers the classes it has seen; the metrics number those of the space."""
    rows = features(60)
    truth = np.where(rows[:, 0] > 0, 3, 1)
    answer = next(linear._path(Space("classes", tuple("abcde")), [1.0], rows, truth))[1]
    scores = answer(rows)
    assert scores.shape == (60, 5) and (scores[:, [0, 2, 4]] == 0).all()
    assert (scores.argmax(axis=1) == truth).mean() > 0.9


def test_constant_labels_are_answered_with_their_share() -> None:
    """scikit-learn refuses a label that all rows have."""
    rows = features(50)
    truth = np.stack([rows[:, 0] > 0, np.ones(50), np.zeros(50)], axis=1).astype(np.float32)
    answer = next(linear._path(Space("labels", tuple("abc")), [1.0], rows, truth))[1]
    np.testing.assert_allclose(answer(rows)[:, 1:], [[1.0, 0.0]] * 50)
    assert ((answer(rows)[:, 0] > 0.5) == truth[:, 0]).mean() > 0.9


def test_the_best_strength_is_chosen_and_learns_from_all(make_subject, monkeypatch, reviews) -> None:
    """The default C can cost a baseline ten points: the tuned model would be praised for somebody's default."""
    subject = make_subject("classify", reviews(100, 0), None, reviews(50, 1))
    taught = lesson(subject)
    generator = np.random.default_rng(0)

    def with_noise(split):
        return np.concatenate([3 * split.truth[:, None], generator.normal(size=(len(split), 60))], axis=1) * 1e-3

    tried, learned = [], []
    path = linear._path

    def watched(space, strengths, rows, truth):
        learned.append(len(rows))
        for strength, answer in path(space, strengths, rows, truth):
            tried.append(strength)
            yield strength, answer

    monkeypatch.setattr(linear, "_path", watched)
    parts = tuple(with_noise(split) for split in (taught.rows, taught.choice, subject.test))
    scores, words = answered(subject, taught, Grid((1e-3, 1e3, 1e6, 1e7, 1e8, 1e9), ()), parts)
    assert words == f"C = {tried[-1]:g}" and tried[-1] in (1e3, 1e6)
    assert len(tried) < 7, "it goes on although weaker regularisation is no better"
    assert learned == [80, 100], "the rows that chose are worth learning from too"
    assert (scores.argmax(axis=1) == subject.test.truth).mean() > 0.9


def test_grid_by_kind_of_target() -> None:
    """C and alpha run in opposite directions."""
    grid = Grid(inverse=(1.0,), penalty=(2.0,))
    assert grid.of(Space("number", ("n",))) == (2.0,)
    assert grid.of(Space("classes", ("a", "b"))) == grid.of(Space("labels", ("a", "b"))) == (1.0,)
