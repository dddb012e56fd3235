"""The last layer for first tokens alone: what a padded batch says there, and nothing left in the model."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from trial import trial

from tunewright.data.plan import like_lengths
from tunewright.methods.lora import LoRA
from tunewright.models import last_layer as module
from tunewright.models.anatomy import anatomy, inner_model
from tunewright.models.last_layer import NARROWED, noted_layout
from tunewright.models.packing import packed_rows
from tunewright.models.precision import autocast

CPU = torch.device("cpu")
ROWS = np.arange(12)


def packed(model: nn.Module, precision: str = "fp32") -> Tensor:
    """Logits of twelve rows, in their order."""
    encoded = trial(inner_model(model).config.model_type).encoded
    with packed_rows(model, CPU, precision) as packing, autocast(precision, CPU):
        assert packing is not None
        groups = like_lengths(ROWS, encoded.lengths)
        logits = model(**packing.arguments(encoded, groups)).logits
    return logits[torch.from_numpy(np.argsort(np.concatenate(groups)))]


def attention_of(model: nn.Module) -> tuple[nn.Module, Any]:
    """The last layer's attention, and where its parts stand."""
    inner = inner_model(model)
    paths = NARROWED[inner.config.model_type]
    return inner.get_submodule(anatomy(inner).layers[-1]).get_submodule(paths.attention), paths


@pytest.mark.parametrize("family", sorted(NARROWED))
@pytest.mark.parametrize("most", [1, 5, 99])
def test_any_number_of_rows_at_a_time_says_what_padded_rows_say(
    monkeypatch: pytest.MonkeyPatch, family: str, most: int
) -> None:
    """Danger: tokens that see another row's query, where several rows share a product."""
    model = copy.deepcopy(trial(family).plain).eval()
    some_rows = module._some_rows
    monkeypatch.setattr(module, "_some_rows", lambda layout, _: some_rows(layout, most))
    wanted = model(**trial(family).encoded.collate(ROWS)).logits
    direction = torch.randn(wanted.shape, generator=torch.Generator().manual_seed(0))
    (wanted * direction).sum().backward()
    gradients = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    found = packed(model)
    (found * direction).sum().backward()
    assert torch.allclose(found, wanted, atol=1e-5)
    largest = max(float(gradient.norm()) for gradient in gradients.values())
    for name, parameter in model.named_parameters():
        if name in gradients:
            assert parameter.grad is not None, name
            assert float((parameter.grad - gradients[name]).norm()) < 1e-5 * largest, name


def test_keys_and_values_are_not_projected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: the arithmetic that is to be spared comes back without anybody noticing."""
    model = copy.deepcopy(trial("bert").plain).eval()
    attention, paths = attention_of(model)
    tokens: list[int] = []
    linear = nn.functional.linear

    def watched(states: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        if any(weight is attention.get_submodule(name).weight for name in (paths.key, paths.value)):
            tokens.append(states.shape[1])
        return linear(states, weight, bias)

    monkeypatch.setattr(nn.functional, "linear", watched)
    packed(model)
    assert not tokens
    model(**trial("bert").encoded.collate(ROWS))
    assert len(tokens) == 2, "the measure sees nothing"


def test_a_key_that_is_more_than_linear_is_projected() -> None:
    """Danger: LoRA's part of a key or a value is left out."""
    model = LoRA(rank=4).prepare(copy.deepcopy(trial("bert").plain), 0).eval()
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            nn.init.normal_(parameter)
    found = packed(model)
    assert torch.allclose(found, model(**trial("bert").encoded.collate(ROWS)).logits, atol=1e-5)


def test_the_bias_of_a_key_learns_nothing_and_says_so() -> None:
    """Danger: a weight without a gradient, which several processes would wait for; or noise as a gradient."""
    model = copy.deepcopy(trial("bert").plain).eval()
    packed(model).sum().backward()
    attention, paths = attention_of(model)
    assert not bool(attention.get_submodule(paths.key).bias.grad.any())
    assert bool(attention.get_submodule(paths.value).bias.grad.any())


@pytest.mark.parametrize("lora", [False, True])
def test_dropout_of_weights_is_drawn_and_keeps_the_mean(lora: bool) -> None:
    """Danger: a recipe's attention dropout that the last layer leaves out, or a value's bias that ignores it."""
    model = copy.deepcopy(trial("bert").plain).eval()
    if lora:
        model = LoRA(rank=4, dropout=0.0).prepare(model, 0).eval()
    attention, _ = attention_of(model)
    exact = packed(model).detach()
    attention.train()
    attention.dropout.p = 0.4
    torch.manual_seed(0)
    with torch.no_grad():
        drawn = torch.stack([packed(model) for _ in range(200)])
    assert float(drawn.std(dim=0).mean()) > 1e-4
    assert float((drawn.mean(dim=0) - exact).abs().max()) < 5 * float(drawn.std(dim=0).max()) / 200**0.5


def test_bf16_is_near() -> None:
    """Danger: a product that loses more in bf16 than a projection would."""
    model = copy.deepcopy(trial("bert").plain).eval()
    with torch.no_grad():
        exact = model(**trial("bert").encoded.collate(ROWS)).logits
        with autocast("bf16", CPU):
            padded = model(**trial("bert").encoded.collate(ROWS)).logits.float()
        found = packed(model, "bf16").float()
    assert float((found - exact).abs().max()) < 2 * float((padded - exact).abs().max()) + 1e-2


def test_the_model_is_as_it_was_afterwards() -> None:
    """Danger: layers that go on handing their input through, in a model that is saved or asked for padded rows."""
    model = copy.deepcopy(trial("bert").plain).eval()
    with pytest.raises(KeyError), packed_rows(model, CPU, "fp32"):
        raise KeyError
    attention, paths = attention_of(model)
    assert not any("forward" in attention.get_submodule(name).__dict__ for name in (paths.key, paths.value))
    assert noted_layout(attention) is None
    assert set(attention.__dict__) == set(copy.deepcopy(attention_of(trial("bert").plain)[0]).__dict__)
