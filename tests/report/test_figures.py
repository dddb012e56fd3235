"""How figures are written."""

from __future__ import annotations

import math

import pytest

from tunewright.report import figures as f

NAN = math.nan


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (f.count(12345), "12,345"),
        (f.count(NAN), "n/a"),
        (f.counted(2.392, "epoch"), "2.39 epochs"),
        (f.counted(150.5, "epoch"), "150.5 epochs"),
        (f.counted(1000.5, "epoch"), "1,000.5 epochs"),
        (f.compact(940), "940"),
        (f.compact(12_000), "12k"),
        (f.compact(22_713_608), "22.7M"),
        (f.compact(7e9), "7B"),
        (f.amount(12.345), "12.35"),
        (f.amount(-0.01234), "−0.01234"),
        (f.amount(0), "0"),
        (f.amount(3.1e-7), "3.1e-7"),
        (f.amount(NAN), "n/a"),
        (f.tiny(0), "0"),
        (f.tiny(2e-4), "2e-4"),
        (f.tiny(math.inf), "n/a"),
        (f.share(0.9123), "91.2%"),
        (f.share(NAN), "n/a"),
        (f.share(0.0001), "<0.1%"),
        (f.share(0), "0.0%"),
        (f.share(0.99999, 2), "100.00%"),
        (f.seconds(0.00042), "0.42 ms"),
        (f.seconds(0.0123), "12.3 ms"),
        (f.seconds(1.523), "1.52 s"),
        (f.seconds(12.3), "12.3 s"),
        (f.seconds(NAN), "n/a"),
        (f.duration(8.42), "8.4 s"),
        (f.duration(252), "4 min 12 s"),
        (f.duration(11_100), "3 h 05 min"),
        (f.duration(NAN), "n/a"),
        (f.size(512), "512 B"),
        (f.size(91_400_000), "91.4 MB"),
        (f.size(1_340_000_000), "1.34 GB"),
        (f.size(NAN), "n/a"),
        (f.signed("7.1"), "+7.1"),
        (f.signed("−7.1"), "−7.1"),
        (f.signed("n/a"), "n/a"),
    ],
)
def test_figures(written, expected):
    """A figure in the wrong unit or with a dropped digit is a wrong figure."""
    assert written == expected


@pytest.mark.parametrize(
    ("name", "value", "unit", "expected"),
    [
        ("accuracy", 0.9123, "share", "91.2%"),
        ("mcc", 0.8841, "correlation", "0.884"),
        ("mcc", -0.1, "correlation", "−0.100"),
        ("loss", 0.31, "nats", "0.310 nats"),
        ("rmse", 0.6123, "target", "0.612"),
        ("rmse", 1234.5, "euros", "1,234 euros"),
        ("r2", NAN, "share", "n/a"),
        ("accuracy", NAN, "share", "n/a"),
    ],
)
def test_metric_values(name, value, unit, expected):
    """Correlations are no percentages, and a unit belongs behind its number."""
    assert f.metric_value(name, value, unit) == expected


def test_intervals():
    """Where no interval could be made, none may be shown: `91.2 to 91.2%` would claim certainty."""
    assert f.metric_interval("accuracy", 0.901, 0.923, "share") == "90.1 to 92.3%"
    assert f.metric_interval("accuracy", 0.9, 0.9, "share") == ""
    assert f.metric_interval("accuracy", NAN, 0.9, "share") == ""
    assert f.metric_interval("rmse", 0.5, 0.75, "stars") == "0.500 to 0.750"


def test_differences():
    """Differences of percentages are points: a gain of 5 points is not a gain of 5%."""
    assert f.metric_difference("accuracy", 0.0712, "share") == "7.1 points"
    assert f.metric_difference("accuracy", -0.0712, "share", with_unit=False) == "−7.1"
    assert f.metric_difference("accuracy", -0.0001, "share") == "0.0 points"
    assert f.metric_difference("rmse", 0.25, "stars") == "0.250 stars"
    assert f.metric_difference("mcc", 0.25, "correlation") == "0.250"
    assert f.metric_difference("mcc", NAN, "correlation") == "n/a"


def test_names():
    """A metric or baseline that this version does not know still gets a readable name."""
    assert f.metric_title("f1_macro") == "F1, macro"
    assert f.metric_title("pinball_loss") == "pinball loss"
    assert f.model_title("int8_dynamic") == "int8 dynamic"
    assert f.in_sentence("Accuracy") == "accuracy"
    assert [f.in_sentence(t) for t in ("TF-IDF + linear model", "F1, macro", "R²", "ROC AUC")] == [
        "TF-IDF + linear model", "F1, macro", "R²", "ROC AUC",
    ]  # fmt: skip
    assert f.metric_axis("rmse", "target") == "RMSE (in the target's unit)"
    assert f.metric_axis("rmse", "stars") == "RMSE (stars)"
    assert f.metric_axis("accuracy", "share") == "Accuracy"


def test_one_is_not_many():
    """`1 epochs` looks as if nobody had read it."""
    assert [f.counted(n, "row") for n in (0, 1, 1234, 1.0)] == ["0 rows", "1 row", "1,234 rows", "1 row"]
    assert [f.counted(n, "epoch") for n in (0.5, 1.0, 2.5)] == ["0.5 epochs", "1 epoch", "2.5 epochs"]
    assert (f.counted(1, "class", "classes"), f.counted(2, "class", "classes")) == ("1 class", "2 classes")
    assert (f.counted_are(1, "row"), f.counted_are(2, "row")) == ("1 row is", "2 rows are")


def test_a_part_of_an_epoch_has_three_digits():
    """Danger: `2.39024 epochs`, as if somebody cared."""
    assert [f.counted(n, "epoch") for n in (1, 2.39024, 0.5, 12_345.0)] == [
        "1 epoch",
        "2.39 epochs",
        "0.5 epochs",
        "12,345 epochs",
    ]
