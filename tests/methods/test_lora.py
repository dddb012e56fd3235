"""Low-rank additions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from tiny_media import MediaTrial
from tiny_models import FAMILIES, shared_model_folder
from torch import nn
from transformers import AutoModelForTokenClassification
from trial import Trial

from tunewright.errors import RecipeError
from tunewright.methods.lora import LoRA
from tunewright.models.anatomy import anatomy
from tunewright.models.load_options import LoadOptions
from tunewright.models.source import Source, quiet_transformers
from tunewright.tasks import Space
from tunewright.tasks.classify import Classify

SPACE = Space("classes", ("a", "b"), (1, 1))


def model_of(family: str) -> nn.Module:
    return Classify().model(Source(family, str(shared_model_folder(family))), SPACE, LoadOptions(0, 0))


def added(model: nn.Module) -> set[str]:
    """Linear layers that have an addition beside them."""
    marks = {name.partition(".lora_A.")[0] for name, _ in model.named_parameters() if ".lora_A." in name}
    return {name.removeprefix("base_model.model.") for name in marks}


@pytest.mark.parametrize("family", FAMILIES)
def test_all_linear_is_every_linear_layer_of_every_block(family: str) -> None:
    """Danger: query and value alone, which was measured far worse; or a family without a default at all."""
    plain = model_of(family)
    layers = anatomy(plain).layers
    expected = {
        name
        for name, module in plain.named_modules()
        if isinstance(module, nn.Linear) and name.startswith(tuple(f"{layer}." for layer in layers))
    }
    assert len(expected) >= 8
    assert added(LoRA(rank=2).prepare(plain, 0)) == expected


@pytest.mark.parametrize("family", FAMILIES)
def test_the_head_learns_in_full(family: str) -> None:
    """Danger: a head of random numbers that is frozen, and additions that must work around it."""
    plain = model_of(family)
    head = [n for n, _ in plain.named_parameters() if n.startswith(tuple(f"{h}." for h in anatomy(plain).head))]
    learning = {n for n, p in LoRA(rank=2).prepare(plain, 0).named_parameters() if p.requires_grad}
    for name in head:
        module, _, rest = name.rpartition(".")
        assert any(
            n.replace(".modules_to_save.default", "").removeprefix("base_model.model.") == f"{module}.{rest}"
            for n in learning
        ), name
    assert all(".lora_" in n or ".modules_to_save." in n for n in learning)


@pytest.mark.parametrize(
    ("knobs", "scale"),
    [
        ({"rank": 4}, 2.0),
        ({"rank": 4, "alpha": 4.0}, 1.0),
        ({"rank": 4, "alpha": 8.0, "rank_stabilized": True}, 4.0),
        ({"rank": 16}, 2.0),
    ],
)
def test_the_scale_of_the_addition(knobs: dict[str, float], scale: float) -> None:
    """Danger: alpha fixed while the rank grows, so that a higher rank learns more slowly."""
    model = LoRA(**knobs).prepare(model_of("bert"), 0)
    layer = model.get_submodule("base_model.model.bert.encoder.layer.0.attention.self.query")
    assert layer.scaling["default"] == pytest.approx(scale)


def test_named_layers_alone() -> None:
    """Danger: an end of a name that catches more than it says: `query` is not `key_query`."""
    model = LoRA(rank=2, target_modules=("query", "layer.1.output.dense")).prepare(model_of("bert"), 0)
    assert added(model) == {
        "bert.encoder.layer.0.attention.self.query",
        "bert.encoder.layer.1.attention.self.query",
        "bert.encoder.layer.1.output.dense",
    }


def test_a_name_shared_with_the_head_adds_to_the_body_alone() -> None:
    """Danger: an addition inside a head that is saved in full: weights twice, and a folder nobody can open."""
    model = LoRA(rank=2, target_modules=("dense",)).prepare(model_of("roberta"), 0)
    assert added(model)
    assert not any("classifier" in name for name in added(model))


@pytest.mark.parametrize(("family", "target"), [("bert", "querry"), ("bert", "classifier"), ("llama", "score")])
def test_a_name_that_is_no_layer_of_the_body(family: str, target: str) -> None:
    """Danger: a misspelled name that adds nothing, or a traceback out of peft."""
    with pytest.raises(RecipeError) as caught:
        LoRA(target_modules=(target,)).prepare(model_of(family), 0)
    (problem,) = caught.value.problems
    assert problem.where == "method.target_modules"
    assert repr(target) in problem.what
    assert "Ends of names: " in problem.hint
    assert ("Did you mean 'query'?" in problem.hint) is (target == "querry")


def test_dropout_of_the_addition_is_its_own() -> None:
    """Danger: a knob that is read and does nothing."""
    model = LoRA(rank=2, dropout=0.3).prepare(model_of("bert"), 0)
    rates = {m.p for name, m in model.named_modules() if ".lora_dropout." in name and isinstance(m, nn.Dropout)}
    assert rates == {0.3}


def test_the_seed_draws_the_additions() -> None:
    """Danger: additions drawn from whatever state the process is in."""
    name = "base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.default.weight"
    drawn = [LoRA(rank=2).prepare(model_of("bert"), seed).get_parameter(name) for seed in (1, 1, 2)]
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


def test_the_adapter_folder_is_small_and_says_what_it_is(tmp_path: Path) -> None:
    """Danger: an adapter saved with the whole model in it, or in a pickle."""
    bench = Trial("bert", LoRA(rank=2))
    bench.step(1)
    with quiet_transformers():
        bench.method.save_adapter(bench.model, tmp_path)
    stated = json.loads((tmp_path / "adapter_config.json").read_text(encoding="utf-8"))
    assert (stated["peft_type"], stated["r"], stated["lora_alpha"]) == ("LORA", 2, 4)
    assert set(stated["modules_to_save"]) >= {"classifier"}
    weights = (tmp_path / "adapter_model.safetensors").stat().st_size
    learning = sum(p.numel() for p in bench.stepper.parameters.values())
    assert weights < 1.5 * 4 * learning + 10_000
    assert not [file for file in tmp_path.iterdir() if file.suffix in (".bin", ".pt")]


def test_an_adapter_for_tags_opens_as_one(tmp_path: Path) -> None:
    """Danger: an adapter of a tagger that calls itself a classifier of texts, and opens with another head."""
    bench = Trial("bert", "lora", "tag")
    bench.step(2)
    wanted = bench.logits(bench.model.eval())
    with quiet_transformers():
        bench.method.save_adapter(bench.model, tmp_path)
        assert json.loads((tmp_path / "adapter_config.json").read_text())["task_type"] == "TOKEN_CLS"
        base = AutoModelForTokenClassification.from_pretrained(bench.folder, num_labels=3, dtype="float32")
        again = PeftModel.from_pretrained(base, str(tmp_path)).eval()
    assert torch.allclose(bench.logits(again), wanted, atol=1e-6)


def test_what_is_computed_past_a_layer_gets_no_addition() -> None:
    """Danger: WavLM reads the weights of its projections past the layers: what is added there never learns, and the
    count of parameters says that it does."""
    bench = MediaTrial("wavlm", "lora")
    added = [name for name in bench.stepper.parameters if "lora_" in name]
    assert added and not any("_proj" in name for name in added)
    gradient, _ = bench.gradient([bench.rows])
    assert set(added) <= set(gradient)
