from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from tunewright.metrics import bootstrap, multilabel


@st.composite
def measured(draw: st.DrawFn):
    rows, labels = draw(st.integers(1, 30)), draw(st.integers(2, 5))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    truth = (generator.random((rows, labels)) < draw(st.sampled_from([0.0, 0.1, 0.5, 1.0]))).astype(float)
    scores = np.round(generator.random((rows, labels)), draw(st.integers(1, 6)))
    return truth, scores, np.concatenate([np.ones((1, rows)), generator.random((3, rows)) + 0.01])


@settings(max_examples=40, deadline=None)
@given(measured())
def test_values_equal_scikit_learn(case) -> None:
    """A vectorised formula that is right on plain rows and wrong on re-weighted ones makes every interval wrong."""
    truth, scores, weights = case
    found = multilabel.values(truth, scores, weights)
    assert set(found) == set(multilabel.NAMES)
    predicted = (scores >= 0.5).astype(float)
    labels = range(truth.shape[1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for index, weight in enumerate(weights):
            shared = {"sample_weight": weight}
            areas = [
                reference.roc_auc_score(truth[:, label], scores[:, label], **shared)
                for label in labels
                if 0 < truth[:, label].mean() < 1
            ]
            losses = [reference.log_loss(truth[:, j], scores[:, j], labels=[0, 1], **shared) for j in labels]
            wanted = {
                "f1_micro": reference.f1_score(truth, predicted, average="micro", zero_division=0.0, **shared),
                "f1_macro": reference.f1_score(truth, predicted, average="macro", zero_division=0.0, **shared),
                "exact_match": reference.accuracy_score(truth, predicted, **shared),
                "hamming_accuracy": 1 - reference.hamming_loss(truth, predicted, **shared),
                "roc_auc_macro": np.mean(areas) if areas else np.nan,
                "log_loss": np.mean(losses),
            }
            for name, value in wanted.items():
                np.testing.assert_allclose(found[name][index], value, rtol=1e-9, atol=1e-12, err_msg=name)


def test_rare_label_missing_from_a_draw_is_no_failure() -> None:
    """A label with one row is missing from 37% of the draws: counted as F1 0 there, a perfect model looks bad."""
    truth = np.zeros((30, 2))
    truth[:15, 0], truth[0, 1] = 1, 1
    drawn = multilabel.values(truth, truth * 0.8 + 0.1, bootstrap.draws(30, 200, seed=0))
    assert (drawn["f1_macro"] == 1).all()
    nothing = multilabel.values(np.array([[1], [0]]), np.array([[0.9], [0.1]]), np.array([[1, 1], [0, 1]]))
    assert nothing["f1_micro"][0] == 1 and np.isnan(nothing["f1_micro"][1]) and np.isnan(nothing["f1_macro"][1])


def test_per_label_equals_scikit_learn() -> None:
    """Rates of the wrong label send the reader to mend the wrong label."""
    generator = np.random.default_rng(5)
    truth, scores = generator.integers(2, size=(50, 3)), generator.random((50, 3))
    truth[:, 2], scores[:, 2] = 0, 0.1
    weights = bootstrap.draws(50, 3, seed=1)
    rates = multilabel.per_label(truth, scores, weights)
    for index, weight in enumerate(weights):
        precision, recall, f1, support = reference.precision_recall_fscore_support(
            truth, scores >= 0.5, sample_weight=weight, zero_division=np.nan
        )
        np.testing.assert_allclose(rates.precision[index], precision)
        np.testing.assert_allclose(rates.recall[index], recall)
        np.testing.assert_allclose(rates.f1[index], f1)
        np.testing.assert_allclose(rates.support[index], support)


def test_whole_numbers_may_be_scores() -> None:
    """Decisions given as 0 and 1 have no precision to bound the logarithm by."""
    assert np.isfinite(multilabel.values(np.array([[1, 0]]), np.array([[0, 0]]), np.ones((1, 1)))["log_loss"][0])


@pytest.mark.parametrize(
    ("truth", "scores", "message"),
    [([[1, 0]], [[0.5]], "must both be"), ([[2, 0]], [[0.5, 0.5]], "0 and 1"), ([[1]], [[np.inf]], "not finite")],
)
def test_refuses_what_would_be_measured_wrong(truth, scores, message) -> None:
    """A broadcast over labels, or a count for a 0/1 target, would each give a figure, and a wrong one."""
    with pytest.raises(ValueError, match=message):
        multilabel.values(np.array(truth), np.array(scores), np.ones((1, 1)))
