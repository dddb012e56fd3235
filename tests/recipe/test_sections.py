"""Data and training: what may stand there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tunewright.recipe import Data, EarlyStopping, Training, sections

NEEDED = {"train": "a.csv", "inputs": {"text": "t"}, "target": "y"}


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("20%", 0.2),
        ("20 %", 0.2),
        (" 5% ", 0.05),
        ("12.5%", 0.125),
        (0.2, 0.2),
        (None, None),
        ("test.csv", "test.csv"),
        ("hub://ag_news", "hub://ag_news"),
        ("99.9%", 0.999),
    ],
)
@pytest.mark.parametrize("name", ["validation", "test"])
def test_a_split_is_a_share_or_a_file(parts, name, given, read):
    """The same field takes both, so the two must never be taken for one another."""
    found = getattr(Data(**NEEDED, **{name: given}), name)
    assert found == pytest.approx(read) if isinstance(read, float) else found == read


@pytest.mark.parametrize(
    "given", ["banana%", "%", "120%", "0%", "100%", "-5%", "nan%", "", "  ", 0, 1, 1.0, 20, -0.1, True, [1], {"a": 1}]
)
@pytest.mark.parametrize("name", ["validation", "test"])
def test_anything_else_is_refused(parts, name, given):
    """`test: 20` read as twenty times the data, or as a file called 20, would both be wrong."""
    with pytest.raises(ValidationError) as caught:
        Data(**NEEDED, **{name: given})
    (error,) = caught.value.errors()
    assert error["msg"] == "should be a file or a share of the rows"
    assert "over 0 and under 1" in error["ctx"]["hint"]
    assert ("Did you mean 20%?" in error["ctx"]["hint"]) == (given == 20)


@given(st.floats(min_value=0.001, max_value=99.999))
def test_percent_and_share_are_one(percent):
    """A recipe written with 12.5% and one with 0.125 must train alike."""
    assert sections._rows(f"{percent}%") == pytest.approx(sections._rows(percent / 100))


@pytest.mark.parametrize("name", ["train", "group"])
def test_an_empty_name_is_refused(parts, name):
    """An empty path is the current folder, and everything in it would be training data."""
    with pytest.raises(ValidationError, match="at least 1 character"):
        Data(**(NEEDED | {name: ""}))


@pytest.mark.parametrize(
    "fields",
    [
        {"epochs": 0},
        {"epochs": -1},
        {"batch_size": 0},
        {"batch_size": 2.5},
        {"learning_rate": 0},
        {"learning_rate": "fast"},
        {"weight_decay": -0.1},
        {"betas": (0.9, 1.0)},
        {"betas": (-0.1, 0.9)},
        {"betas": (0.9,)},
        {"betas": (0.9, 0.9, 0.9)},
        {"epsilon": 0},
        {"max_grad_norm": 0},
        {"dropout": 1.0},
        {"attention_dropout": -0.1},
        {"precision": "fp8"},
        {"seed": -1},
        {"seed": 2**32},
        {"keep_checkpoints": 0},
        {"early_stopping": {"patience": 0}},
        {"threads": 0},
        {"token_budget": 15},
        {"nonsense": 1},
    ],
)
def test_training_refuses_what_cannot_be_meant(parts, fields):
    """Each would fail hours later, or train something else."""
    with pytest.raises(ValidationError):
        Training(**fields)


def test_the_defaults_stand(parts):
    """A changed default changes every recipe that leaves the field out; it needs a changelog."""
    training = Training()
    assert (training.epochs, training.batch_size, training.learning_rate) == (3.0, 32, None)
    assert (training.weight_decay, training.betas, training.max_grad_norm) == (0.01, (0.9, 0.999), 1.0)
    assert (training.attention_dropout, training.dropout, training.seed) == (0.0, None, 0)
    assert training.schedule.kind == "linear"
    data = Data(**NEEDED)
    assert (data.validation, data.test, data.on_long) == (0.1, 0.2, "cut")
    assert (data.on_bad_row, data.on_leak) == ("error", "drop")
    assert EarlyStopping().patience == 2
