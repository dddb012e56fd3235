"""What a training needs."""

from __future__ import annotations

import pytest
from tiny_models import tiny_config
from transformers import AutoModelForSequenceClassification

from benchmarks.flops import flops_of, matmul_peak
from tunewright.methods.freeze import Freeze
from tunewright.methods.full import Full
from tunewright.methods.lora import LoRA

WIDTH, LAYERS = 32, 2
BLOCK = 4 * WIDTH * WIDTH + 2 * WIDTH * 64  # query, key, value, output; two of the feed-forward


def plain():
    return AutoModelForSequenceClassification.from_config(tiny_config("bert", LAYERS))


def test_full_training_is_six_for_each_weight_and_token() -> None:
    """Danger: an MFU by a formula of one's own, which nobody can compare."""
    model = plain()
    found = flops_of(Full().prepare(model, 0), model)
    assert found.body_parameters == LAYERS * BLOCK
    assert found.per_token == 6 * LAYERS * BLOCK
    assert found.per_square == 12 * LAYERS * WIDTH


def test_frozen_blocks_need_the_forward_alone() -> None:
    """Danger: work that nobody needs to do counts as done, and freezing looks like a high MFU."""
    model = plain()
    found = flops_of(Freeze(layers=1).prepare(model, 0), model)
    assert found.per_token == (2 + 6) * BLOCK
    assert found.per_square == (4 + 12) * WIDTH


def test_lora_needs_no_gradient_of_the_frozen_weights() -> None:
    """Danger: as for freezing; and a frozen embedding is no reason to stop the backward pass above it."""
    model = plain()
    rank = 4
    added = LAYERS * rank * (4 * (WIDTH + WIDTH) + 2 * (WIDTH + 64))
    found = flops_of(LoRA(rank=rank).prepare(model, 0), model)
    assert found.per_token == 4 * LAYERS * BLOCK + 6 * added
    assert found.per_square == 12 * LAYERS * WIDTH


def test_a_rate_adds_both_parts() -> None:
    """Danger: attention is left out, which is a third of the work at 512 tokens."""
    model = plain()
    found = flops_of(model, model)
    rate = found.rate({"tokens_per_second": 10.0, "squares_per_second": 100.0})
    assert rate == pytest.approx(10 * found.per_token + 100 * found.per_square)


def test_the_peak_is_above_nothing() -> None:
    """Danger: the peak cannot be measured here, found at the end of an hour."""
    assert matmul_peak(seconds=0.001) > 1e8
