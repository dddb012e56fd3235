"""Further hidden units: nothing at first, a plain model in the end."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_models import shared_model_folder
from tiny_writers import shared_writer_folder
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from transformers import AutoModel, AutoModelForSeq2SeqLM

from tunewright.errors import UserError
from tunewright.models.hidden_units import Into, OutOf, add_units, has_units, merge_units, remove_units
from tunewright.models.source import quiet_transformers

IDS = torch.tensor([[2, 9, 14, 21, 3], [2, 30, 7, 3, 0]])


def reader(family: str) -> Any:
    with quiet_transformers():
        return AutoModel.from_pretrained(shared_model_folder(family)).eval()


def writer(family: str, **changes: Any) -> Any:
    with quiet_transformers():
        return AutoModelForSeq2SeqLM.from_pretrained(shared_writer_folder(family), **changes).eval()


@torch.no_grad()
def said(model: Any) -> Tensor:
    more = {"decoder_input_ids": IDS} if model.config.is_encoder_decoder else {}
    return model(input_ids=IDS, **more)[0]


def learned(model: nn.Module) -> None:
    """As if some training had been done."""
    for name, parameter in model.named_parameters():
        if ".units." in name:
            nn.init.normal_(parameter, std=0.3, generator=torch.Generator().manual_seed(len(name)))


@pytest.mark.parametrize("opened", ["bert", "modernbert", "llama", "mbart", "t5"])
def test_merged_is_plain_and_says_the_same(opened: str, tmp_path: Path) -> None:
    """Danger: gate and value that change places, a bias left behind, or a folder that plain transformers reads as the
    smaller model it was."""
    model = (writer if opened in ("mbart", "t5") else reader)(opened)
    before, kinds = said(model), [type(module) for module in model.modules()]
    add_units(model, 8, 4.0, 0.0, seed=0)
    assert torch.equal(said(model), before)
    learned(model)
    wanted = said(model)
    assert (wanted - before).abs().max() > 0.1
    merge_units(model)
    assert [type(module) for module in model.modules()] == kinds
    assert not has_units(model)
    assert (said(model) - wanted).abs().max() < 1e-5
    with quiet_transformers():
        model.save_pretrained(tmp_path)
        again = type(model).from_pretrained(tmp_path).eval()
    assert torch.equal(said(again), said(model))


def test_it_is_the_parallel_adapter() -> None:
    """Danger: everything agrees with itself and is another method than the paper's. Equation written out: He et al.
    2022, table 1, with the feed-forward's own activation."""
    model = reader("bert")
    layer = model.encoder.layer[0]
    plain = copy.deepcopy(layer)
    add_units(model, 8, 4.0, 0.0, seed=0)
    learned(model)
    x = torch.randn(1, 3, 32, generator=torch.Generator().manual_seed(0))
    into, out_of = layer.intermediate.dense.units, layer.output.dense.units
    adapter = 4.0 * nn.functional.gelu(x @ into.weight.T + into.bias) @ out_of.weight.T
    usual = plain.output.dense(plain.intermediate(x))
    assert torch.allclose(layer.output.dense(layer.intermediate(x)), usual + adapter, atol=1e-5)


def test_taken_away_it_is_the_model_of_before() -> None:
    """Danger: one base for several domains that has something of the first one left in it."""
    model = writer("mbart")
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    add_units(model, 8, 4.0, 0.0, seed=0)
    learned(model)
    remove_units(model)
    after = model.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    assert model.config.encoder_ffn_dim == 64


def test_units_keep_no_frozen_hidden_unit_for_the_backward() -> None:
    """Danger: a view of some units that holds all units of every token in memory: of 3,136 numbers a token, 64 are
    needed."""
    out_of = OutOf(nn.Linear(400, 4).requires_grad_(False), 2, 4.0, 0.0)
    kept: list[int] = []

    def keep(tensor: Tensor) -> Tensor:
        kept.append(tensor.untyped_storage().nbytes())
        return tensor

    with saved_tensors_hooks(keep, lambda tensor: tensor):
        out_of(torch.ones(50, 402)).sum()
    assert max(kept) < 4 * 50 * 100


def test_dropout_is_of_the_further_units_alone() -> None:
    """Danger: noise in what is frozen, or a knob that does nothing."""
    out_of = OutOf(nn.Linear(4, 4).requires_grad_(False), 8, 1.0, 0.9)
    x = torch.ones(64, 12)
    nn.init.zeros_(out_of.units.weight)
    assert len(out_of(x).unique(dim=0)) == 1
    nn.init.ones_(out_of.units.weight)
    assert len(out_of(x).unique(dim=0)) > 1  # all 64 rows alike: once in 10^23 draws


def test_weights_follow_the_seed_and_their_width() -> None:
    """Danger: units drawn from whatever state the process is in, or so large that the first steps jump."""
    drawn = []
    for seed in (1, 1, 2):
        model = reader("bert")
        add_units(model, 8, 4.0, 0.0, seed)
        drawn.append(model.encoder.layer[1].intermediate.dense.units.weight.detach())
    assert torch.equal(drawn[0], drawn[1]) and not torch.equal(drawn[0], drawn[2])
    assert 0.9 * 32**-0.5 < float(drawn[0].abs().max()) <= 32**-0.5


def test_gates_that_lie_otherwise_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: a family that lays gate and value out one by one: its pretrained units would be scrambled, and merged and
    unmerged would agree on it."""
    model = reader("modernbert")
    mlp = type(model.layers[0].mlp)

    def by_turns(self: Any, states: Tensor) -> Tensor:
        both = self.Wi(states).unflatten(-1, (-1, 2))
        return self.Wo(self.act(both[..., 0]) * both[..., 1])

    monkeypatch.setattr(mlp, "forward", by_turns)
    before = said(model)
    with pytest.raises(UserError, match="not one behind the other"):
        add_units(model, 8, 4.0, 0.0, seed=0)
    assert torch.equal(said(model), before)


def test_in_half_precision() -> None:
    """Danger: a base that is served in bf16 gets units in fp32, and the product of both is an error."""
    model = reader("bert").bfloat16()
    add_units(model, 8, 4.0, 0.0, seed=0)
    learned(model)
    assert {p.dtype for p in model.parameters()} == {torch.bfloat16}
    assert said(model).dtype == torch.bfloat16
    assert isinstance(model.encoder.layer[0].intermediate.dense, Into)
