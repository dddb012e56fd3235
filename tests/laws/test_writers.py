"""What methods owe on models that read and write: the same as on classifiers."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
import torch
from tiny_writers import WRITERS
from torch import nn
from trial import METHODS, Trial, trial

from tunewright.training.state import Progress, gather_state, read_progress, restore, write_state

PAIRS = tuple(product(("mbart", "t5"), METHODS))


@pytest.mark.parametrize(("family", "method"), product(WRITERS, METHODS))
def test_preparing_changes_no_output_and_only_the_declared_moves(family: str, method: str) -> None:
    """Danger: an addition that does not start at nothing; a promise to leave weights alone that the tied table of words
    breaks. Compared bit for bit."""
    bench = trial(family, method, "translate")
    assert torch.equal(bench.logits(bench.model.eval()), bench.before)
    bench.step(2)
    learning = {
        name for name, parameter in bench.model.named_parameters(remove_duplicate=False) if parameter.requires_grad
    }
    moved = {name for name, tensor in bench.weights().items() if not torch.equal(tensor, bench.start[name])}
    assert moved and moved <= learning
    if method == "freeze":
        assert not any("embed" in name or "shared" in name or "lm_head" in name for name in moved)


@pytest.mark.parametrize(("family", "method"), PAIRS)
def test_resuming_ends_at_the_same_bits(family: str, method: str, tmp_path: Path) -> None:
    """Danger: moments, a counter or a random state left out: the run goes on from almost the same place."""
    bench = Trial(family, method, "translate", dropout=0.3)
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
