"""Frozen layers that are skipped: what follows computes the same from kept states as from ids."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from trial import trial

from tunewright.data.plan import like_lengths
from tunewright.models.packing import packed_rows
from tunewright.models.prefix import can_skip_prefix, hidden_states, skippable_prefix

pytestmark = pytest.mark.usefixtures("many_groups")
CPU = torch.device("cpu")


@pytest.mark.parametrize("family", ["bert", "roberta", "distilbert", "xlm-roberta", "camembert"])
@pytest.mark.parametrize("layers", [1])
def test_states_give_the_outputs_and_gradients_of_ids(family: str, layers: int) -> None:
    """Danger: embeddings added twice, a layer skipped too many, a copy that answers with the original's layers."""
    bench = trial(family)
    model = copy.deepcopy(bench.plain).eval()
    rows = np.arange(9)
    groups = like_lengths(rows, bench.encoded.lengths)
    with packed_rows(model, CPU, "fp32") as packing:
        assert packing is not None
        assert can_skip_prefix(model)
        packed = packing.arguments(bench.encoded, groups)
        states = hidden_states(model, layers, packed)
        assert states.shape == (packed["input_ids"].shape[1], 32)
        plain = model(**packed).logits
        plain.square().sum().backward()
        wanted = model.get_submodule(_last_linear(model)).weight.grad.clone()
        with skippable_prefix(model, layers) as arguments:
            skipped = arguments(packed, states)
            assert torch.equal(model(**packed).logits, plain)
            for member in (model, copy.deepcopy(model)):
                member.zero_grad()
                found = member(**skipped).logits
                found.square().sum().backward()
                assert torch.allclose(found, plain, atol=1e-6)
                assert torch.allclose(member.get_submodule(_last_linear(model)).weight.grad, wanted, atol=1e-5)
                assert member.get_input_embeddings().weight.grad is None
    assert not any("forward" in module.__dict__ for module in model.modules())
    assert not any(module._forward_pre_hooks for module in model.modules())


def _last_linear(model: torch.nn.Module) -> str:
    return [
        name for name, module in model.named_modules() if isinstance(module, torch.nn.Linear) and "layer.1" in name
    ][-1]


def test_it_is_put_back_after_an_error() -> None:
    """Danger: a model that goes on taking states for ids, or cannot be saved."""
    model = copy.deepcopy(trial("bert").plain)
    with pytest.raises(KeyError), skippable_prefix(model, 1):
        raise KeyError
    assert not any("forward" in module.__dict__ for module in model.modules())


def test_a_projection_behind_the_embeddings_is_not_skipped() -> None:
    """Danger: states of the layers' width that go through a projection made for embeddings."""
    assert can_skip_prefix(trial("bert").plain)
    assert hasattr(trial("electra").plain.electra, "embeddings_project")
    assert not can_skip_prefix(trial("electra").plain)
