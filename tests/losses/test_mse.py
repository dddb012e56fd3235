"""Squared error against torch's own."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from tunewright.losses.mse import MeanSquaredError


def test_it_is_torchs() -> None:
    """Danger: (rows, 1) against (rows,) broadcasts to (rows, rows), and every row learns the mean of all."""
    generator = torch.Generator().manual_seed(0)
    logits, targets = torch.randn(9, 1, generator=generator), torch.randn(9, generator=generator)
    ours, theirs = logits.clone().requires_grad_(), logits.clone().requires_grad_()
    value = MeanSquaredError().compute(ours, targets, ("y",), (9,)).sum
    value.backward()
    expected = functional.mse_loss(theirs.squeeze(1), targets, reduction="sum")
    expected.backward()
    assert value.item() == pytest.approx(expected.item())
    assert torch.allclose(ours.grad, theirs.grad, atol=1e-6)


def test_fp64_targets_do_not_change_the_type() -> None:
    """Danger: numpy's fp64 targets turn the loss, and the whole backward pass with it, into fp64."""
    value = MeanSquaredError().compute(torch.zeros(2, 1), torch.ones(2, dtype=torch.float64), ("y",), (2,)).sum
    assert value.dtype == torch.float32
    assert float(value) == 2.0
