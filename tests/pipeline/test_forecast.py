"""What is predicted before training is what comes, where it can be counted."""

from __future__ import annotations

import pytest
import torch
from tiny_models import FAMILIES, tiny_model_folder
from transformers import AutoModel, AutoModelForMaskedLM

from tunewright.pipeline.fit import build_model
from tunewright.pipeline.forecast import forecast
from tunewright.pipeline.prepare import prepare
from tunewright.training.observer import Silent

METHODS = ["full", {"kind": "freeze", "layers": 1}, {"kind": "lora", "rank": 4}, {"kind": "adapter", "width": 8}]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("method", METHODS, ids=["full", "freeze", "lora", "adapter"])
def test_parameters_are_counted_as_they_will_be(placed, tmp_path, family, method):
    """Counted without loading the weights: a head or an adapter that is left out makes a forecast of another model."""
    tiny_model_folder(tmp_path / "tiny", family)
    made = prepare(placed(method=method), Silent())
    found = forecast(made)
    model, _, _ = build_model(made, torch.device("cpu"))
    assert found.parameters == sum(p.numel() for p in model.parameters())
    assert found.trainable == sum(p.numel() for p in model.parameters() if p.requires_grad)


def test_steps_are_those_of_the_run(placed):
    """38 rows in batches of 8 are 5 steps an epoch, the last one short; a limit of steps holds."""
    assert forecast(prepare(placed(), Silent())).steps == 15
    assert forecast(prepare(placed(training__epochs=0.5), Silent())).steps == 3
    assert forecast(prepare(placed(training__max_steps=4), Silent())).steps == 4


def test_more_work_takes_longer_and_larger_batches_in_memory_more(placed):
    """The figures are rough, but must point the right way."""
    usual = forecast(prepare(placed(), Silent()))
    longer = forecast(prepare(placed(training__epochs=300), Silent()))
    narrow, wide = (
        forecast(prepare(placed(training__token_budget=budget), Silent())).memory_terms for budget in (32, 100_000)
    )
    assert longer.seconds > 20 * usual.seconds > 0
    # by their own term: that of the process grows from call to call, which would hide that nothing else does
    assert wide["activations"] > narrow["activations"] > 0
    assert usual.memory_bytes > 100e6
    assert "GFLOP/s" in usual.basis


@pytest.mark.parametrize("method", METHODS, ids=["full", "freeze", "lora", "adapter"])
@pytest.mark.parametrize("head", [False, True], ids=["without its head", "with its head"])
@pytest.mark.parametrize("family", ["bert", "roberta", "distilbert"])
def test_a_head_of_words_that_no_file_has_is_counted(placed, tmp_path, family, head, method):
    """Danger: masked with lora trains a layer more than check says, and the forecast is of another model."""
    tiny_model_folder(tmp_path / "tiny", family, auto_class=AutoModelForMaskedLM if head else AutoModel)
    made = prepare(placed(method=method, task="masked", data__target=""), Silent())
    found = forecast(made)
    model, _, _ = build_model(made, torch.device("cpu"))
    assert found.trainable == sum(p.numel() for p in model.parameters() if p.requires_grad)
