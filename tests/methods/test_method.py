"""What all methods have in common."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from tunewright.methods import Method
from tunewright.methods.full import Full
from tunewright.methods.lora import LoRA


def config(width: int) -> Any:
    made = SimpleNamespace(hidden_size=width)
    made.get_text_config = lambda: made
    return made


@pytest.mark.parametrize(
    ("width", "full", "lora"), [(768, 5e-5, 5e-4), (384, 1e-4, 1e-3), (1024, 3.75e-5, 3.75e-4), (32, 2e-4, 2e-3)]
)
def test_rates_fall_with_the_width(width: int, full: float, lora: float) -> None:
    """Danger: one rate for all models: it diverges on wide ones or crawls on narrow ones."""
    assert Full().learning_rate(config(width)) == pytest.approx(full)
    assert LoRA().learning_rate(config(width)) == pytest.approx(lora)


class Counting(nn.Module):
    """Two parameters, one frozen, and two buffers, one of which is not saved."""

    def __init__(self) -> None:
        super().__init__()
        self.moving, self.still = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2), requires_grad=False)
        self.register_buffer("mean", torch.zeros(2))
        self.register_buffer("positions", torch.arange(2), persistent=False)


def test_buffers_that_are_saved_are_part_of_the_state() -> None:
    """Danger: running statistics that start anew after a resume."""
    model = Counting()
    state = Full().trained_state(model)
    assert set(state) == {"moving", "mean"}
    assert not any(tensor.requires_grad for tensor in state.values())


def test_the_state_is_put_back_in_place() -> None:
    """Danger: new tensors beside those the optimizer holds: training goes on, on weights nobody reads."""
    model = Counting()
    moving = model.moving
    Full().load_trained_state(model, {"moving": torch.full((2,), 3.0), "mean": torch.full((2,), 4.0)})
    assert model.moving is moving
    assert moving.tolist() == [3.0, 3.0]
    assert model.mean.tolist() == [4.0, 4.0]
    assert moving.requires_grad


def test_a_state_of_another_shape_is_refused() -> None:
    """Danger: one row of weights broadcast over all."""
    with pytest.raises(RuntimeError, match=r"size|shape"):
        Full().load_trained_state(Counting(), {"moving": torch.ones(3), "mean": torch.ones(2)})


def test_by_default_nothing_is_merged_or_added() -> None:
    """Danger: an adapter folder for a method that has none."""
    model = Counting()
    assert Full().merge(model) is model
    assert not Full.adds
    assert LoRA.adds


def test_a_method_must_say_what_learns() -> None:
    """Danger: a method of a third party that trains everything by accident."""
    with pytest.raises(TypeError, match="abstract"):
        Method(kind="nothing")
