"""Linear decay, against transformers' own."""

from __future__ import annotations

import pytest
import torch
from transformers import get_linear_schedule_with_warmup

from tunewright.training.schedules.linear import Linear


def test_it_falls_to_zero() -> None:
    """Danger: a last step at half the peak, which undoes what the steps before it settled."""
    schedule = Linear(warmup_ratio=0.0)
    assert [schedule.factor(step, 4) for step in range(4)] == [1.0, 0.75, 0.5, 0.25]


@pytest.mark.parametrize(("ratio", "steps"), [(0.0, 20), (0.1, 20), (0.5, 7)])
def test_it_is_transformers_up_to_the_first_step(ratio: float, steps: int) -> None:
    """Danger: another schedule under the usual name. Transformers' first update has a rate of 0, ours has not."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    warmup = round(ratio * steps)
    peer = get_linear_schedule_with_warmup(optimizer, warmup, steps)
    theirs = []
    for _ in range(steps):
        theirs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        peer.step()
    ours = [Linear(warmup_ratio=ratio).factor(step, steps) for step in range(steps)]
    assert ours[warmup:] == pytest.approx(theirs[warmup:])
    assert all(0 < mine - other < 1 / (warmup + 1) + 1e-9 for mine, other in zip(ours[:warmup], theirs, strict=False))
