"""Adapters that are further hidden units."""

from __future__ import annotations

import pytest
import torch
from tiny_media import MediaTrial
from tiny_models import FAMILIES
from tiny_writers import untied_writer
from torch import nn
from transformers import BertConfig
from trial import Trial, with_live_additions

from tunewright.errors import RecipeError
from tunewright.methods.adapter import Adapter
from tunewright.models.anatomy import anatomy
from tunewright.models.packing import packed_rows
from tunewright.training.lanes import open_lanes


def learning(model: nn.Module) -> set[str]:
    return {name for name, parameter in model.named_parameters() if parameter.requires_grad}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_units_and_the_new_head_learn(family: str) -> None:
    """Danger: a head of random numbers that is frozen; or a body that learns beside its adapter."""
    bench = Trial(family, Adapter(width=8))
    head = tuple(f"{name}." for name in anatomy(bench.plain).head)
    names = learning(bench.model)
    assert {name for name, _ in bench.model.named_parameters() if name.startswith(head)} <= names
    assert all(".units." in name or name.startswith(head) for name in names)
    assert len([name for name in names if name.endswith(".units.weight")]) >= 4


@pytest.mark.parametrize(
    ("family", "task"), [("mbart", "translate"), ("t5", "translate"), ("llama", "instruct"), ("bert", "masked")]
)
def test_a_language_head_stays(family: str, task: str) -> None:
    """Danger: the table of all words is trained in full beside small additions."""
    assert all(".units." in name for name in learning(Trial(family, Adapter(width=8), task).model))


def test_an_untied_language_head_stays() -> None:
    """Danger: mT5's head has weights of its own, 250,000 rows of them: they would be 40 times the adapter."""
    names = learning(Adapter(width=8).prepare(untied_writer(), 0))
    assert names and all(".units." in name for name in names)


def test_its_rate_falls_with_the_width_of_the_model() -> None:
    """Danger: the rate of full training, at which so few weights hardly move in a short run."""
    widths = {768: 5e-4, 384: 1e-3, 1024: 3.75e-4, 32: 2e-3}
    for width, rate in widths.items():
        assert Adapter().learning_rate(BertConfig(hidden_size=width)) == pytest.approx(rate)


@pytest.mark.parametrize("width", [1, 8])
def test_its_size(width: int) -> None:
    """Danger: a knob that is read and does nothing."""
    bench = Trial("bert", Adapter(width=width), "masked")
    assert sum(p.numel() for p in bench.model.parameters() if p.requires_grad) == 2 * width * (32 + 32 + 1)


def test_the_scale_of_what_is_added() -> None:
    """Danger: training and merging with another factor than the page says."""
    outputs = []
    for scale in (1.0, 2.0):
        bench = with_live_additions(Trial("bert", Adapter(width=8, scale=scale)))
        layer = bench.plain.bert.encoder.layer[0].output.dense
        outputs.append(layer(torch.ones(1, 72)) - nn.functional.linear(torch.ones(1, 64), layer.weight, layer.bias))
    assert torch.allclose(outputs[1], 2.0 * outputs[0], atol=1e-5)


def test_a_model_without_a_place_for_it_is_refused_with_a_way_out() -> None:
    """Danger: a traceback out of a model's code, or adapters in some layers and not in others."""
    with pytest.raises(RecipeError) as caught:
        MediaTrial("convnext", "adapter")
    (problem,) = caught.value.problems
    assert problem.where == "method.kind"
    assert "ConvNext" in problem.what and "no feed-forward of a stated width" in problem.what
    assert "method: lora" in problem.hint


@pytest.mark.parametrize("count", [1, 2])
def test_packed_rows_in_lanes_have_the_same_gradient(count: int) -> None:
    """Danger: what makes a step fast knows nothing of the units: rows packed without padding, two copies of the modules
    over one set of weights."""
    bench = with_live_additions(Trial("bert", Adapter(width=8)))
    wanted, loss = bench.gradient([bench.rows])
    bench.restart()
    with_live_additions(bench)
    cpu = torch.device("cpu")
    with packed_rows(bench.model, cpu, "fp32") as packing, open_lanes(bench.model, count, cpu) as lanes:
        assert packing is not None
        bench.stepper.lanes = lanes
        found, again = bench.gradient([bench.rows[:8], bench.rows[8:]])
    assert again == pytest.approx(loss, rel=1e-5)
    assert found.keys() == wanted.keys()
    assert max(float((found[name] - wanted[name]).abs().max()) for name in wanted) < 1e-5


def test_an_adapter_on_a_merged_adapter() -> None:
    """Danger: a second domain on top of the first grows a width that the configuration no longer says."""
    bench = Trial("bert", Adapter(width=8))
    merged = bench.method.merge(bench.model)
    assert merged.config.intermediate_size == 72
    merged = bench.method.merge(Adapter(width=16).prepare(merged, 0))
    assert merged.config.intermediate_size == 88
    assert merged.bert.encoder.layer[1].output.dense.weight.shape == (32, 88)
