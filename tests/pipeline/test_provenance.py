"""Enough to make a model again, or to say why it came out differently."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from tunewright.pipeline.provenance import begun, now
from tunewright.records import Provenance, read_journal, read_record


@pytest.fixture
def found(runs) -> Provenance:
    return read_record(runs("full").folder.provenance, Provenance)


def test_now_is_utc_to_the_second():
    """A local time without its zone orders nothing."""
    assert datetime.fromisoformat(now()).tzinfo == UTC
    assert now().endswith("+00:00")


def test_what_is_known_at_the_start(prepared, runs):
    """Data by content, model by content, versions by number."""
    record = begun(prepared("full"), now())
    data = runs.folder / "reviews.csv"
    assert record.data_sha256 == {str(data): hashlib.sha256(data.read_bytes()).hexdigest()}
    assert record.model_source == "./tiny"
    assert len(record.model_fingerprint) == 64
    assert {"torch", "transformers", "peft", "safetensors", "numpy"} <= set(record.packages)
    assert record.training is None
    assert record.finished is None


def test_the_summary_agrees_with_the_journal(found, runs):
    """Two accounts of one training that differ are worth nothing."""
    events = list(read_journal(runs("full").folder.journal))
    steps = [event for event in events if event["event"] == "step"]
    best = [event["step"] for event in events if event["event"] == "validation" and event["best"]][-1]
    training = found.training
    assert (training.steps, training.best_step, training.epochs) == (len(steps), best, 6.0)
    assert training.seconds == pytest.approx(sum(event["seconds"] for event in steps), abs=1e-3)
    assert training.rows_per_second == pytest.approx(6 * 72 / training.seconds)
    assert training.wall_seconds > training.seconds
    assert 0.0 <= training.padding_share < 0.5
    assert (training.selected_by, training.learning_rate, training.resumed) == ("accuracy", 5e-3, 0)
    assert not training.stopped_early


def test_parameters_are_those_of_the_method(runs):
    """What learned is a share of the whole with adapters, and all of it without."""
    full = read_record(runs("full").folder.provenance, Provenance).training
    lora = read_record(runs("lora").folder.provenance, Provenance).training
    assert full.trainable == full.parameters
    assert lora.trainable < 0.5 * lora.parameters


def test_the_end_is_written_last(found):
    """A run without an end was cut off."""
    assert datetime.fromisoformat(found.finished) >= datetime.fromisoformat(found.started)
    assert (found.precision, found.precision_reason) == ("fp32", "asked for by the recipe")
