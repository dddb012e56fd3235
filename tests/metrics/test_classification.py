from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from tunewright.metrics import bootstrap, classification


@st.composite
def measured(draw: st.DrawFn):
    """Truth, probabilities full of ties, and weights of which some are 0."""
    rows = draw(st.integers(1, 40))
    classes = draw(st.integers(2, 6))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    truth = generator.integers(draw(st.integers(1, classes)), size=rows)
    logits = np.round(generator.normal(scale=draw(st.sampled_from([0.0, 1.0, 4.0])), size=(rows, classes)))
    scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    scores = scores.astype(draw(st.sampled_from([np.float64, np.float32])))
    whole = generator.multinomial(rows, np.full(rows, 1 / rows), size=3)
    weights = np.concatenate([np.ones((1, rows)), whole, generator.random((2, rows)) + 0.01])
    return truth, scores, weights


def expected(truth, scores, weight):
    """scikit-learn's values on the rows that weigh something."""
    kept = weight > 0
    truth, scores, weight = truth[kept], scores[kept], weight[kept]
    predicted = scores.argmax(axis=1)
    classes = scores.shape[1]
    shared = {"sample_weight": weight}
    macro = {"average": "macro", "zero_division": 0.0} | shared
    found, told = np.unique(truth), len(np.unique(predicted))
    areas = [
        reference.roc_auc_score(truth == label, scores[:, label], sample_weight=weight)
        for label in ([1] if classes == 2 else found)
        if len(found) > 1
    ]
    return {
        "accuracy": reference.accuracy_score(truth, predicted, **shared),
        "f1_macro": reference.f1_score(truth, predicted, **macro),
        "f1_weighted": reference.f1_score(truth, predicted, average="weighted", zero_division=0.0, **shared),
        "precision_macro": reference.precision_score(truth, predicted, **macro),
        "recall_macro": reference.recall_score(truth, predicted, **macro),
        # of one class alone it is 0; there the reference's rounding may put a root of a negative number
        "mcc": reference.matthews_corrcoef(truth, predicted, **shared) if min(len(found), told) > 1 else 0.0,
        "roc_auc": np.mean(areas) if areas else np.nan,
        "log_loss": reference.log_loss(np.eye(classes)[truth], scores, **shared),
    }


@settings(max_examples=40, deadline=None)
@given(measured())
def test_values_equal_scikit_learn(case) -> None:
    """A vectorised formula that is right on plain rows and wrong on re-weighted ones makes every interval wrong."""
    truth, scores, weights = case
    found = classification.values(truth, scores, weights)
    assert set(found) == set(classification.NAMES)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for index, weight in enumerate(weights):
            for name, value in expected(truth, scores, weight).items():
                np.testing.assert_allclose(found[name][index], value, rtol=1e-6, atol=1e-9, err_msg=name)


def test_counts_equal_repeated_rows() -> None:
    """Bootstrap counts that weigh differently from rows repeated as often are no bootstrap."""
    generator = np.random.default_rng(1)
    truth, scores = generator.integers(4, size=60), generator.dirichlet(np.ones(4), size=60)
    counts = bootstrap.draws(60, 20, seed=3)
    found = classification.values(truth, scores, counts)
    for index, count in enumerate(counts):
        repeated = np.repeat(np.arange(60), count)
        alone = classification.values(truth[repeated], scores[repeated], np.ones((1, 60)))
        for name in classification.NAMES:
            np.testing.assert_allclose(found[name][index], alone[name][0], rtol=1e-9, err_msg=name)


def test_calibration_error_by_hand() -> None:
    """A bin's edge on the wrong side, or a gap not weighted by the bin's rows, gives a plausible wrong figure."""
    scores = np.array([[0.9, 0.1], [0.9, 0.1], [0.2, 0.8], [0.3, 0.7]])
    truth = np.array([0, 1, 1, 1])
    gaps = abs(1 - 2 * 0.9) + abs(1 - 0.8) + abs(1 - 0.7)
    np.testing.assert_allclose(classification.values(truth, scores, np.ones((1, 4)))["ece"], [gaps / 4])
    edge = np.array([[2 / 3, 1 / 3], [0.66, 0.34]])
    together = classification.values(np.array([0, 1]), edge, np.ones((1, 2)))["ece"]
    np.testing.assert_allclose(together, [abs(1 - 2 / 3 - 0.66) / 2])


def test_degenerate_rows_have_defined_values() -> None:
    """One class, one row or a constant prediction must not end a measurement, nor pass as skill."""
    one_class = classification.values(np.zeros(3, dtype=int), np.tile([0.7, 0.2, 0.1], (3, 1)), np.ones((1, 3)))
    assert one_class["accuracy"] == 1 and one_class["mcc"] == 0 and np.isnan(one_class["roc_auc"][0])
    one_row = classification.values(np.array([1]), np.array([[0.4, 0.6]]), np.ones((1, 1)))
    assert one_row["f1_macro"] == 1 and np.isnan(one_row["roc_auc"][0])
    constant = classification.values(np.array([0, 1, 2]), np.full((3, 3), 1 / 3), np.ones((1, 3)))
    assert constant["roc_auc"] == 0.5 and constant["mcc"] == 0
    np.testing.assert_allclose(constant["log_loss"], [np.log(3)])


def test_one_prediction_for_all_has_no_correlation() -> None:
    """Summed in another order, one class has not quite all the weight: 0/0 becomes any number."""
    generator = np.random.default_rng(0)
    truth = generator.integers(3, size=999)
    scores = np.tile([0.5, 0.3, 0.2], (999, 1))
    weights = generator.random((200, 999)) * 1e3
    assert (classification.values(truth, scores, weights)["mcc"] == 0).all()
    assert (
        classification.values(np.zeros(999, dtype=int), generator.dirichlet(np.ones(3), 999), weights)["mcc"] == 0
    ).all()


def test_area_does_not_need_memory_of_all_labels(monkeypatch) -> None:
    """With many labels on many rows the sorted labels are not kept: the values must be the same."""
    generator = np.random.default_rng(2)
    truth, scores = generator.integers(5, size=50), generator.dirichlet(np.ones(5), size=50)
    weights = bootstrap.draws(50, 9, seed=0)
    kept = classification.values(truth, scores, weights)
    monkeypatch.setattr("tunewright.metrics.ranking._KEPT", 0)
    monkeypatch.setattr("tunewright.metrics.weighting._BLOCK", 100)
    for name, value in classification.values(truth, scores, weights).items():
        np.testing.assert_allclose(value, kept[name], rtol=1e-12, err_msg=name)


def test_per_class_and_confusion_equal_scikit_learn() -> None:
    """A class in its neighbour's row, or true and predicted exchanged, sends the reader to mend the wrong class."""
    generator = np.random.default_rng(5)
    truth, scores = generator.integers(3, size=80), generator.dirichlet(np.ones(4), size=80)
    scores[:, 3] = 0.0
    weights = generator.random((2, 80)) + 0.01
    rates = classification.per_class(truth, scores, weights)
    for index, weight in enumerate(weights):
        precision, recall, f1, support = reference.precision_recall_fscore_support(
            truth, scores.argmax(axis=1), labels=range(4), sample_weight=weight, zero_division=np.nan
        )
        np.testing.assert_allclose(rates.precision[index], precision)
        np.testing.assert_allclose(rates.recall[index], recall)
        np.testing.assert_allclose(rates.f1[index], f1)
        np.testing.assert_allclose(rates.support[index], support)
    counts = classification.confusion(truth, scores)
    np.testing.assert_array_equal(counts, reference.confusion_matrix(truth, scores.argmax(axis=1), labels=range(4)))


def test_whole_numbers_may_be_scores() -> None:
    """Scores of 0 and 1 as integers have no precision to bound the logarithm by."""
    found = classification.values(np.array([0, 1]), np.array([[1, 0], [1, 0]]), np.ones((1, 2)))
    assert found["accuracy"] == 0.5 and np.isfinite(found["log_loss"][0])


@pytest.mark.parametrize(
    ("truth", "scores", "weights", "message"),
    [
        ([0, 1], [[0.5, 0.5]], [[1, 1]], "are needed, not"),
        ([0.0, 1.0], [[0.5, 0.5]] * 2, [[1, 1]], "whole numbers"),
        ([0, 2], [[0.5, 0.5]] * 2, [[1, 1]], "2 columns of scores"),
        ([-1, 1], [[0.5, 0.5]] * 2, [[1, 1]], "holds -1 to 1"),
        ([0, 1], [[0.5, np.nan]] * 2, [[1, 1]], "not finite"),
        ([0, 1], [[0.5, 0.5]] * 2, [1, 1], "weights have the shape"),
        ([0, 1], [[0.5, 0.5]] * 2, [[1, -1]], "0 or more"),
        ([0, 1], [[0.5, 0.5]] * 2, [[0, 0]], "only zeros"),
        ([0, 1], [[0.5, 0.5]] * 2, np.ones((0, 2)), "1 or more"),
    ],
)
def test_refuses_what_would_be_measured_wrong(truth, scores, weights, message) -> None:
    """Label -100, a NaN score or weights of other rows would each give a figure, and a wrong one."""
    with pytest.raises(ValueError, match=message):
        classification.values(np.array(truth), np.array(scores), np.array(weights))


def test_refuses_no_rows() -> None:
    """A mean over no rows is nan with a warning that nobody reads."""
    with pytest.raises(ValueError, match="no rows"):
        classification.values(np.zeros(0, dtype=int), np.zeros((0, 2)), np.ones((1, 0)))
