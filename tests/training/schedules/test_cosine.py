"""Cosine decay, against torch's own."""

from __future__ import annotations

import pytest
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR

from tunewright.training.schedules.cosine import Cosine


@pytest.mark.parametrize("floor", [0.0, 0.1, 1.0])
def test_it_is_torchs(floor: float) -> None:
    """Danger: a quarter of a cosine, or a whole one, under the usual name."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    peer = CosineAnnealingLR(optimizer, T_max=16, eta_min=floor)
    theirs = []
    for _ in range(16):
        theirs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        peer.step()
    assert [Cosine(warmup_ratio=0.0, floor=floor).factor(step, 16) for step in range(16)] == pytest.approx(theirs)


def test_the_floor_is_a_share_of_the_peak() -> None:
    """Danger: a floor given as a rate, which is over the peak of every fine-tuning."""
    with pytest.raises(ValueError, match="floor"):
        Cosine(floor=1.5)
    assert Cosine(floor=0.2).factor(9999, 10000) == pytest.approx(0.2, abs=1e-4)


def test_half_way_is_half() -> None:
    """Danger: a decay that begins at the start of the warm-up."""
    assert Cosine(warmup_ratio=0.2).factor(60, 100) == pytest.approx(0.5)
