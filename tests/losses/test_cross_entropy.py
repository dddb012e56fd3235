"""Softmax cross-entropy against torch's own."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from tunewright.losses.cross_entropy import CrossEntropy

NAMES, COUNTS = ("a", "b", "c"), (5, 3, 2)


def gradients(loss: CrossEntropy, **peer: object) -> tuple[torch.Tensor, torch.Tensor, float, float]:
    """Gradient and value: ours, and those of torch's loss with reduction sum."""
    generator = torch.Generator().manual_seed(0)
    logits, targets = torch.randn(9, 3, generator=generator), torch.randint(0, 3, (9,), generator=generator)
    ours, theirs = logits.clone().requires_grad_(), logits.clone().requires_grad_()
    value = loss.compute(ours, targets, NAMES, COUNTS).sum
    value.backward()
    expected = functional.cross_entropy(theirs, targets, reduction="sum", **peer)
    expected.backward()
    return ours.grad, theirs.grad, float(value.detach()), float(expected.detach())


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
def test_it_is_torchs(smoothing: float) -> None:
    """Danger: another loss under the name that everybody knows."""
    ours, theirs, value, expected = gradients(CrossEntropy(label_smoothing=smoothing), label_smoothing=smoothing)
    assert torch.allclose(ours, theirs, atol=1e-6)
    assert value == pytest.approx(expected)


def test_class_weights_multiply_the_rows_of_their_class() -> None:
    """Danger: weights by position, in an order that is not the labels'."""
    weighted = CrossEntropy(class_weights={"c": 4.0, "a": 0.5})
    ours, theirs, value, expected = gradients(weighted, weight=torch.tensor([0.5, 1.0, 4.0]))
    assert torch.allclose(ours, theirs, atol=1e-6)
    assert value == pytest.approx(expected)


def test_the_weight_is_rows_and_not_class_weights() -> None:
    """Danger: torch's mean divides by the sum of the class weights in the batch: a rare row's pull then depends on
    who stands beside it, and a batch of one class alone is not weighted at all."""
    loss = CrossEntropy(class_weights={"c": 4.0})
    logits, targets = torch.zeros(2, 3), torch.tensor([2, 2])
    result = loss.compute(logits, targets, NAMES, COUNTS)
    assert result.weight == 2.0
    assert float(result.sum) / result.weight == pytest.approx(4.0 * torch.log(torch.tensor(3.0)).item())


@pytest.mark.parametrize("smoothing", [1.0, -0.1])
def test_smoothing_stays_in_its_range(smoothing: float) -> None:
    """Danger: a smoothing of 1, with which nothing can be learned."""
    with pytest.raises(ValueError, match="label_smoothing"):
        CrossEntropy(label_smoothing=smoothing)
