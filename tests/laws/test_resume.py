"""A checkpoint is the whole state: what goes on from it ends where the undisturbed run ends, to the bit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tiny_models import FAMILIES
from torch import nn
from trial import Trial, with_methods

from tunewright.training.state import Progress, gather_state, read_progress, restore, write_state


@pytest.mark.parametrize(("family", "method"), with_methods(FAMILIES))
def test_resuming_ends_at_the_same_bits(family: str, method: str, tmp_path: Path) -> None:
    """Danger: moments, a counter or a random state left out: the run goes on from almost the same place."""
    bench = Trial(family, method, dropout=0.3)
    bench.step(4)
    undisturbed = bench.weights()

    bench.restart().step(2)
    write_state(tmp_path, gather_state(bench.model, bench.method, bench.optimizer), Progress(step=2))
    bench.restart()
    for parameter in bench.stepper.parameters.values():
        nn.init.normal_(parameter)
    torch.manual_seed(12345)
    restore(tmp_path, bench.model, bench.method, bench.optimizer)
    bench.step(2, first=read_progress(tmp_path).step)
    assert all(torch.equal(tensor, undisturbed[name]) for name, tensor in bench.weights().items())

    bench.restart().step(2)
    bench.step(2, first=7)
    assert any(not torch.equal(t, undisturbed[n]) for n, t in bench.weights().items()), "dropout made no difference"
