"""The verdict claims no more than the records show."""

from __future__ import annotations

import math

import pytest

from tunewright.records import Metric
from tunewright.report.evidence import gather
from tunewright.report.verdict import best_baseline, comparison_with, primary_metrics, verdict


def of(folder, **changes):
    quality = gather(folder).quality.model_copy(update=changes)
    folder.evaluation("quality").write_text(quality.model_dump_json(), encoding="utf-8")
    return verdict(gather(folder))


def test_better(factory):
    """The good case, with every figure that a reader needs to check it."""
    found = verdict(gather(factory.run()))
    assert found.tone == "good"
    assert found.headline == "Better than the best baseline."
    assert "84.3% for the best baseline (frozen model + linear head)" in found.sentence
    assert "better by 7.1 points (95% interval 5.0 to 9.2)" in found.sentence
    assert "1,540 rows" in found.sentence
    assert found.sureness == "Measured on rows that the model never saw."


def test_an_interval_that_includes_zero_is_no_victory(factory):
    """The commonest false claim: a difference that the next draw of rows could turn around."""
    found = verdict(gather(factory.run(gain=(0.02, -0.01, 0.05))))
    assert found.tone == "unsure"
    assert found.headline == "Not shown to be better than the best baseline."
    assert "−1.0 to 5.0, includes zero" in found.sentence
    assert "about 3,500 rows" in found.sentence  # 1540 * (0.03 / 0.02) ** 2


@pytest.mark.parametrize("gain", [(-0.01, -0.04, 0.02), (0.000001, -0.04, 0.04), (0.0, 0.0, 0.05)])
def test_rows_needed_only_where_it_makes_sense(factory, gain):
    """No number of rows turns a negative difference into a gain."""
    found = verdict(gather(factory.run(gain=gain)))
    assert found.tone == "unsure"
    assert "would take" not in found.sentence


def test_worse_is_said(factory):
    """A team must learn that its baseline is better, not that it has a model."""
    found = verdict(gather(factory.run(gain=(-0.05, -0.09, -0.01))))
    assert found.tone == "bad"
    assert "worse by 5.0 points (95% interval 1.0 to 9.0)" in found.sentence
    assert "the baseline is the better choice" in found.sentence


def test_errors_count_downwards(factory):
    """For RMSE the smallest baseline is the best, and a positive difference is a gain."""
    folder = factory.run(task="regress")
    assert best_baseline(gather(folder).quality, "test").model == "tfidf"
    found = verdict(gather(folder))
    assert found.tone == "good"
    assert "better by 0.220 (95% interval 0.190 to 0.250)" in found.sentence


@pytest.mark.parametrize(("value", "headline"), [(0.99, "not known to be better"), (0.02, "Not better")])
def test_no_paired_interval(factory, value, headline):
    """Two separate values are not a comparison."""
    folder = factory.run()
    metrics = tuple(
        m.model_copy(update={"value": value}) if (m.model, m.name) == ("tuned", "accuracy") else m
        for m in gather(folder).quality.metrics
    )
    found = of(folder, comparisons=(), metrics=metrics)
    assert found.tone == "unsure"
    assert headline in found.headline
    assert "No paired interval" in found.sentence


def test_equal_values_without_interval(factory):
    """`worse by 0.0 points` would be wrong."""
    folder = factory.run(gain=(0.0, 0.0, 0.0))
    assert "no difference" in verdict(gather(folder)).sentence


def test_no_baseline(factory):
    """Without a baseline there is nothing to be better than."""
    folder = factory.run()
    only = tuple(m for m in gather(folder).quality.metrics if m.model == "tuned")
    found = of(folder, comparisons=(), metrics=only)
    assert (found.tone, found.headline) == ("none", "Measured, but compared with nothing.")
    assert "95% interval 90.1 to 92.7%" in found.sentence


def test_other_models_are_no_baselines(factory):
    """A compressed copy of the tuned model is not what fine-tuning is to be compared with."""
    folder = factory.run()
    int8 = Metric(name="accuracy", value=0.99, low=0.98, high=1.0, n=10, split="test", model="int8")
    found = of(folder, metrics=(*gather(folder).quality.metrics, int8))
    assert "frozen model" in found.sentence


@pytest.mark.parametrize(("split", "words"), [("validation", "flatter"), ("train", "nothing about new rows")])
def test_the_split_is_named(factory, split, words):
    """Figures on rows that the model has seen must say so."""
    assert words in verdict(gather(factory.run(split=split))).sureness


def test_learned_rows_are_named_and_give_no_verdict(factory):
    """Danger: "better", measured on rows that were learned by heart."""
    few = of(factory.run("few"), learned=3)
    assert few.tone == "good" and "3 of which stand among those that the model learned from" in few.sureness
    many = of(factory.run("many"), learned=900, source="half.csv")
    assert (many.tone, many.headline) == ("none", "No verdict: the model has learned rows that it was measured on.")
    assert "never saw" not in many.text and "of half.csv" in many.sureness
    other = of(factory.run("other"), source="half.csv")
    assert other.sureness == "Measured on rows that the model never saw, of half.csv."


def test_few_rows_are_named(factory):
    """On 60 rows an accuracy moves by ten points with the draw."""
    assert "60 rows are few" in verdict(gather(factory.run(n=60))).text


def test_undefined(factory):
    """A NaN must become neither a figure nor `not measured`."""
    folder = factory.run()
    metrics = tuple(m.model_copy(update={"value": math.nan}) for m in gather(folder).quality.metrics)
    found = of(folder, metrics=metrics)
    assert found.headline == "No verdict: accuracy is not defined here."
    assert primary_metrics(gather(folder).quality, "test") == ()


def test_unmeasured_and_unfinished(factory):
    """The two must not be mixed up: one asks for `evaluate`, the other for `train`."""
    folder = factory.run()
    folder.evaluation("quality").unlink()
    assert "tunewright evaluate" in verdict(gather(folder)).text
    folder.provenance.unlink()
    assert verdict(gather(folder)).headline == "Training has not finished."


def test_a_comparison_of_another_metric_is_not_taken(factory):
    """The interval of one metric under the value of another would be a wrong number."""
    folder = factory.run()
    quality = gather(folder).quality
    other = tuple(c.model_copy(update={"metric": "f1_weighted"}) for c in quality.comparisons)
    assert comparison_with(quality.model_copy(update={"comparisons": other}), "probe") is None
