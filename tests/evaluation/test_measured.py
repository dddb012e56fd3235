from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

from tunewright.errors import NonFiniteError
from tunewright.evaluation.measured import FEWEST_DRAWS, Draws, Measured, interval_around, tuned_answers

DRAWS = Draws(200, seed=0)


def measure(subject, scores, model="tuned", draws=DRAWS):
    return Measured.of(model, subject.test, scores, subject.task, draws)


def test_values_are_those_of_scikit_learn(subject) -> None:
    """From tokens to figures there are five places to lose the order of the rows."""
    scores = tuned_answers(subject, subject.test)
    found = {metric.name: metric for metric in measure(subject, scores).metrics()}
    truth = np.array([subject.space.names.index(label) for label in subject.test.table.columns["target"]])
    with torch.inference_mode():
        texts = subject.test.table.columns["text"]
        batch = subject.tokenizer(texts, padding=True, return_tensors="pt")
        alone = subject.model(**batch).logits.softmax(-1).numpy()
    np.testing.assert_allclose(scores, alone, atol=1e-5)
    assert found["accuracy"].value == accuracy_score(truth, alone.argmax(1))
    assert found["f1_macro"].value == pytest.approx(f1_score(truth, alone.argmax(1), average="macro"))
    assert found["roc_auc"].value == pytest.approx(roc_auc_score(truth, alone[:, 1]))
    assert list(found) == list(subject.task.metric_info)
    for metric in found.values():
        assert metric.low <= metric.value <= metric.high
        assert (metric.n, metric.split, metric.model) == (80, "test", "tuned")


def test_interval_has_the_width_of_the_rows(subject) -> None:
    """An interval over anything but the rows (over draws of a model, say) would be many times too narrow."""
    scores = np.tile([0.4, 0.6], (80, 1))
    accuracy = measure(subject, scores, draws=Draws(2000, 0)).metrics()[0]
    expected = 2 * 1.96 * np.sqrt(accuracy.value * (1 - accuracy.value) / 80)
    assert accuracy.high - accuracy.low == pytest.approx(expected, rel=0.15)


def test_comparison_is_paired_and_its_sign_means_better(make_subject) -> None:
    """The verdict rests on this sign, and on the draws being the same for both models."""
    rows = (["good film", "bad film", "fine plot", "poor end"], ["1", "2", "3", "5"])
    subject = make_subject("regress", rows, None, rows)
    truth = subject.test.truth
    near, far = measure(subject, truth + 1.0), measure(subject, truth + 3.0, "majority")
    comparison = near.against(far, "rmse")
    assert (comparison.baseline, comparison.metric) == ("majority", "rmse")
    np.testing.assert_allclose([comparison.difference, comparison.low, comparison.high], 2.0)
    assert far.against(near, "rmse").high == pytest.approx(-2.0)


def test_equal_models_do_not_differ_by_chance(subject) -> None:
    """Draws of its own for each model would give a difference where there is none, and twice the interval."""
    scores = tuned_answers(subject, subject.test)
    comparison = measure(subject, scores).against(measure(subject, scores, "majority"), "accuracy")
    assert (comparison.difference, comparison.low, comparison.high) == (0, 0, 0)


def test_undefined_metrics_are_named(make_subject) -> None:
    """A correlation with a constant has no value; 0 in its place would be a measurement that was not made."""
    rows = (["good film", "bad film", "fine plot"], ["1", "2", "4"])
    subject = make_subject("regress", rows, None, rows)
    constant = measure(subject, np.full(3, 2.0))
    assert constant.undefined == ("pearson", "spearman")
    metric = next(metric for metric in constant.metrics() if metric.name == "pearson")
    assert np.isnan([metric.value, metric.low, metric.high]).all()


def test_interval_never_leaves_its_value_out() -> None:
    """An interval beside its own value makes the reader doubt everything else."""
    assert interval_around(0.1, np.linspace(0.2, 0.3, 101)) == pytest.approx((0.1, 0.2975))
    assert interval_around(0.5, np.full(10, np.nan)) == (0.5, 0.5)
    assert interval_around(0.9, np.linspace(0.2, 0.3, 101)) == pytest.approx((0.2025, 0.9))


def test_draws_are_fewer_where_they_would_take_minutes(subject) -> None:
    """A million rows times a thousand labels times a thousand draws would stop the pipeline for an hour."""
    assert Draws.affordable(1000, subject.test, 2, seed=3) == Draws(1000, 3)
    assert Draws.affordable(1000, subject.test, 10**6, seed=3).count == 250
    assert Draws.affordable(1000, subject.test, 10**9, seed=3).count == FEWEST_DRAWS
    assert Draws.affordable(50, subject.test, 10**9, seed=3).count == 50


def test_broken_outputs_are_refused(subject) -> None:
    """The highest of NaNs is the first class: a broken model would get the accuracy of that class."""
    with torch.no_grad():
        subject.model.classifier.bias[0] = float("nan")
    with pytest.raises(NonFiniteError, match=r"80 of 80 rows \(test.csv:2 is the first\)"):
        tuned_answers(subject, subject.test)
