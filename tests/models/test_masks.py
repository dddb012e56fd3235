"""Dropout masks of one's own: the rate that was asked for, the mean kept, and the same after the same seed."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tunewright.models.masks import MaskSource, own_dropout


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.5])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_rate_and_the_mean_are_kept(rate: float, dtype: torch.dtype) -> None:
    """Danger: signed bits read as unsigned drop half of everything; a wrong factor shifts every activation."""
    source = MaskSource()
    source.seed(3)
    mask = source.mask(torch.ones(1000, 401, dtype=dtype), rate)
    dropped = float((mask == 0).double().mean())
    assert dropped == pytest.approx(rate, abs=0.003)
    assert len(mask.unique()) == 2
    assert float(mask.double().mean()) == pytest.approx(1.0, abs=0.01)


def test_all_or_nothing() -> None:
    """Danger: a division by zero where everything is dropped."""
    source = MaskSource()
    assert not bool(source.mask(torch.ones(7), 1.0).any())
    assert bool((source.mask(torch.ones(7), 0.0) == 1).all())


def test_the_same_seed_gives_the_same_masks() -> None:
    """Danger: a resumed step with another dropout; two lanes with the same one."""
    like = torch.ones(5, 7)
    streams = []
    for seed in ((1, 0), (1, 0), (1, 1), (2, 0)):
        source = MaskSource()
        source.seed(*seed)
        streams.append(torch.stack([source.mask(like, 0.5), source.mask(like, 0.5)]))
    assert torch.equal(streams[0], streams[1])
    assert not torch.equal(streams[0], streams[2])
    assert not torch.equal(streams[0], streams[3])
    assert not torch.equal(streams[0][0], streams[0][1])


def test_layers_drop_in_training_alone_and_are_put_back() -> None:
    """Danger: an evaluation with dropout, or a model that keeps our function and cannot be copied or saved."""
    model = nn.Sequential(nn.Dropout(0.5), nn.Dropout(0.0), nn.Dropout1d(0.5))
    x = torch.ones(4, 6, 8)
    with own_dropout(model, MaskSource()):
        state = torch.get_rng_state()
        once = model[0](x)
        assert torch.equal(state, torch.get_rng_state())
        assert set(once.unique().tolist()) == {0.0, 2.0}
        assert torch.equal(model[1](x), x)
        model.eval()
        assert torch.equal(model[0](x), x)
    assert all("forward" not in layer.__dict__ for layer in model)


def test_the_gradient_passes_where_the_value_did() -> None:
    """Danger: a backward through another mask than the forward's."""
    layer = nn.Dropout(0.3)
    x = torch.ones(50, 50, requires_grad=True)
    with own_dropout(layer, MaskSource()):
        y = layer(x)
    y.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, y.detach())
