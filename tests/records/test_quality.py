"""The record of measured quality."""

from __future__ import annotations

from tunewright.records import Metric, Quality


def metric(name: str, value: float, model: str = "tuned", split: str = "test") -> Metric:
    return Metric(name=name, value=value, low=value, high=value, n=10, split=split, model=model)


def test_a_metric_is_found_by_name_model_and_split():
    """The baseline's accuracy shown as the tuned model's would be the worst mistake of a report."""
    quality = Quality(
        primary="accuracy",
        metrics=(
            metric("accuracy", 0.1, model="tfidf"),
            metric("f1_macro", 0.2),
            metric("accuracy", 0.3, split="validation"),
            metric("accuracy", 0.4),
        ),
    )
    assert quality.metric("accuracy").value == 0.4
    assert quality.metric("accuracy", model="tfidf").value == 0.1
    assert quality.metric("accuracy", split="validation").value == 0.3
    assert quality.metric("accuracy", model="probe") is None
    assert quality.metric("mcc") is None


def test_the_metrics_list_has_the_fields_that_scripts_read():
    """`evaluation/quality.json` is fixed for those who script it."""
    dumped = Quality(primary="accuracy", metrics=(metric("accuracy", 0.4),)).model_dump(mode="json")
    assert {"name", "value", "low", "high", "n", "split", "model"} <= set(dumped["metrics"][0])
