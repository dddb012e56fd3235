"""Each term of the memory forecast says what its name says."""

from __future__ import annotations

import math

import pytest
import torch

from tunewright.data.plan import StepPlan
from tunewright.pipeline import footprint as room
from tunewright.pipeline.footprint import process_bytes
from tunewright.pipeline.forecast import forecast
from tunewright.pipeline.prepare import prepare
from tunewright.training.observer import Silent


@pytest.fixture
def terms(placed):
    return lambda **changes: forecast(prepare(placed(**changes), Silent())).memory_terms


def test_they_add_up(placed):
    """Terms that are shown and a sum that is not theirs help nobody."""
    prepared = prepare(placed(), Silent())
    found = forecast(prepared)
    rows = len(set(prepared.train.encoded.ids.tolist()) | {prepared.train.encoded.pad_id})
    unused = 32 * (prepared.config.vocab_size - rows)  # rows of the word table without a gradient
    assert found.memory_bytes == sum(found.memory_terms.values())
    assert found.memory_terms["weights"] >= 4 * found.parameters
    assert found.memory_terms["gradients"] == 4 * (found.trainable - unused)
    assert found.memory_terms["moments"] == 8 * (found.trainable - unused)


def test_an_average_is_one_more_copy_of_what_learns(terms):
    """Left out, a training that was forecast to fit does not."""
    plain, averaged = terms(), terms(training__average_power=1.0)
    assert averaged["moments"] == 1.5 * plain["moments"]
    assert averaged["gradients"] == plain["gradients"]


@pytest.mark.parametrize("method", [{"kind": "lora", "rank": 2}, {"kind": "adapter", "width": 8}])
def test_what_is_frozen_has_neither_gradient_nor_moments(terms, method):
    """They are chosen for their memory: a forecast that does not show it is of no use."""
    full, small = terms(), terms(method=method)
    assert small["gradients"] < 0.5 * full["gradients"]
    assert small["moments"] < 0.5 * full["moments"]
    assert small["word table"] == 0 < full["word table"]


def test_the_token_budget_moves_activations_alone(terms):
    """It is the knob that a user turns when memory is short."""
    small, large = terms(training__token_budget=32), terms(training__token_budget=4096)
    assert large["activations"] > 2 * small["activations"]
    assert all(large[name] == small[name] for name in ("weights", "gradients", "moments", "casts"))


def test_a_pack_holds_the_rows_of_all_lengths(placed, monkeypatch):
    """Cut by length, micro-batches are smaller than the packs that are computed: a forecast of a third of the truth."""
    prepared = prepare(placed(training__token_budget=4096, training__batch_size=24), Silent())
    seen = []
    shapes = room._shapes
    monkeypatch.setattr(room, "_shapes", lambda prepared, rows: seen.append(shapes(prepared, rows)) or seen[-1])
    forecast(prepared)
    lengths = prepared.train.encoded.lengths
    plan = StepPlan(lengths, 24, 4096, prepared.recipe.training.seed)
    largest = max(int(lengths[plan.samples(step)].sum()) for step in range(plan.steps_per_epoch))
    assert 0 <= math.prod(seen[0].size) - largest < seen[0].size[1]


def test_checkpointing_lowers_them(terms):
    """And nothing else."""
    usual, less = terms(), terms(training__gradient_checkpointing=True)
    assert less["activations"] < 0.8 * usual["activations"]
    assert less["moments"] == usual["moments"]


def test_bf16_has_copies_of_weights_and_smaller_activations(terms):
    """The copies stand for the whole step."""
    fp32, bf16 = terms(), terms(training__precision="bf16")
    assert fp32["casts"] == 0 < bf16["casts"]
    assert bf16["activations"] < fp32["activations"]
    assert fp32["attention"] == 0 < bf16["attention"]


def test_evaluation_counts_where_it_is_the_highest_point(terms):
    """A run that fits while it trains and is killed for its baselines has lost the report."""
    plain = terms(method={"kind": "freeze", "layers": 2})
    measured = terms(method={"kind": "freeze", "layers": 2}, evaluation=["quality"])
    assert "baselines" not in plain
    assert measured["baselines"] > 100_000
    assert sum(measured.values()) > sum(plain.values()) - 20e6  # the process itself may have grown or shrunk


def test_a_gpu_holds_no_interpreter():
    """Its memory is another one."""
    assert process_bytes(torch.device("cuda")) == 0 < process_bytes(torch.device("cpu"))


def test_a_model_that_cannot_be_followed_is_estimated(terms, monkeypatch):
    """A forward that looks into its values fails on shapes alone; a forecast may not stop a training."""

    def fails(*arguments: object) -> None:
        raise RuntimeError("data-dependent")

    followed = terms()
    monkeypatch.setattr("tunewright.pipeline.footprint.kept_for_backward", fails)
    assert 0.2 < terms()["activations"] / followed["activations"] < 5
