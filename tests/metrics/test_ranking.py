from __future__ import annotations

import numpy as np
from sklearn.metrics import roc_auc_score

from tunewright.metrics.ranking import mean_roc_auc, roc_auc


def test_ties_count_one_half() -> None:
    """Constant scores counted as won would make a model that says nothing look like one that knows."""
    generator = np.random.default_rng(0)
    positive = generator.random(300) < 0.3
    for decimals in (0, 1, 8):
        scores = np.round(generator.random(300) + 0.3 * positive, decimals)
        weights = generator.random((300, 4))
        wanted = [roc_auc_score(positive, scores, sample_weight=column) for column in weights.T]
        np.testing.assert_allclose(roc_auc(positive, scores)(weights), wanted, rtol=1e-12)


def test_extremes() -> None:
    """The weight above the last positive and below the first lies in cells of its own."""
    positive = np.array([True, False, True, False])
    ones = np.ones((4, 1))
    assert roc_auc(positive, np.array([3, 1, 4, 2]))(ones) == 1
    assert roc_auc(positive, np.array([1, 3, 2, 4]))(ones) == 0
    assert np.isnan(roc_auc(np.ones(4, dtype=bool), np.arange(4))(ones)).all()
    assert np.isnan(roc_auc(np.zeros(4, dtype=bool), np.arange(4))(ones)).all()


def test_mean_leaves_out_labels_without_an_area() -> None:
    """A label without positive rows has no area; as 0 it would pull the mean down."""
    truth = np.array([[1, 0], [0, 0], [1, 0]], dtype=bool)
    scores = np.array([[0.9, 0.1], [0.2, 0.3], [0.8, 0.2]])
    assert mean_roc_auc(lambda label: truth[:, label], scores)(np.ones((3, 1))) == 1
    assert np.isnan(mean_roc_auc(lambda label: truth[:, 1], scores)(np.ones((3, 1)))).all()
