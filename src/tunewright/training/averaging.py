"""The average of the weights over a run's steps, which as a rule answers new rows better than the last of them.

Each step leaves the weights a little beside the lowest point, on another side each time; their mean lies nearer to it
(Polyak & Juditsky 1992; Izmailov et al. 2018). Counted by the power of its number, a step's share does not depend on
how long the run is (polynomial-decay averaging, Shamir & Zhang 2013).

The average stands among the optimizer's moments, so that checkpoints, processes and slices treat it as one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from tunewright.errors import Problem, RecipeError
from tunewright.training.sharding import own_part

__all__ = ["AVERAGE", "averaged_weights", "follow_weights", "refuse_unaveraged"]

AVERAGE = "average"
"""Its name among a parameter's moments."""


@torch.no_grad()
def follow_weights(optimizer: torch.optim.Optimizer, step: int, power: float) -> None:
    """Take the weights as they are after an update into their average.

    Args:
        optimizer: holds the average of every parameter that it has ever moved.
        step: number of the update, counted from 0. A parameter's average begins with the first that reaches it; in
            several processes that is the run's first, since they agree on a gradient of zero.
        power: how much later weights count: those of step t, nearly in proportion to t to this power.
    """
    share = (power + 1.0) / (power + 1.0 + step)
    averages, weights = [], []
    for parameter in _learning(optimizer):
        moments: dict[str, Any] = optimizer.state.get(parameter, {})
        if not moments:  # no row has reached it yet, and none has moved it
            continue
        if AVERAGE not in moments:
            moments[AVERAGE] = parameter.detach().clone()
        averages.append(own_part(moments[AVERAGE]))
        weights.append(own_part(parameter.detach()))
    if averages:
        torch._foreach_lerp_(averages, weights, share)


def refuse_unaveraged(model: nn.Module) -> None:
    """Stop where a model keeps statistics of what its own weights put out (BatchNorm): those of averaged weights would
    be others.

    Raises:
        RecipeError: named after the field that asks for the average.
    """
    found = next((name for name, _ in model.named_buffers() if name.endswith("running_mean")), None)
    if found is not None:
        what = f"is set, and {found} keeps statistics that belong to the weights of single steps"
        hint = "Set it to null, or take a model without BatchNorm."
        raise RecipeError("The recipe cannot be used.", [Problem("training.average_power", what, hint)])


@contextmanager
def averaged_weights(optimizer: torch.optim.Optimizer) -> Iterator[None]:
    """Inside, the model has the averages as its weights; afterwards its own again, to the bit. Without averages nothing
    changes."""
    _exchange(optimizer)
    try:
        yield
    finally:
        _exchange(optimizer)


@torch.no_grad()
def _exchange(optimizer: torch.optim.Optimizer) -> None:
    for parameter in _learning(optimizer):
        average = optimizer.state.get(parameter, {}).get(AVERAGE)
        if average is not None:
            mine, other = own_part(parameter.detach()), own_part(average)
            kept = mine.clone()
            mine.copy_(other)
            other.copy_(kept)


def _learning(optimizer: torch.optim.Optimizer) -> Iterator[Tensor]:
    for group in optimizer.param_groups:
        yield from group["params"]
