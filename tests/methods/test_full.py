"""All weights learn."""

from __future__ import annotations

from torch import nn
from trial import trial

from tunewright.methods.full import Full


def test_every_parameter_learns() -> None:
    """Danger: a weight that arrives frozen from an earlier stage and stays so."""
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    model[0].requires_grad_(False)
    assert Full().prepare(model, 0) is model
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_every_module_trains() -> None:
    """Danger: dropout left off by an evaluation between two steps."""
    bench = trial("bert", "full")
    bench.model.eval()
    Full().train_mode(bench.model)
    assert all(module.training for module in bench.model.modules())
