"""Sigmoid cross-entropy against torch's own."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from tunewright.losses.binary_cross_entropy import BinaryCrossEntropy

NAMES, COUNTS = ("a", "b", "c"), (5, 3, 2)


@pytest.mark.parametrize("weights", [None, {"a": 0.5, "c": 4.0}])
def test_it_is_torchs(weights: dict[str, float] | None) -> None:
    """Danger: another loss under the name that everybody knows; weights on negative rows too."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(9, 3, generator=generator)
    targets = (torch.rand(9, 3, generator=generator) < 0.5).float()
    ours, theirs = logits.clone().requires_grad_(), logits.clone().requires_grad_()
    value = BinaryCrossEntropy(class_weights=weights).compute(ours, targets, NAMES, COUNTS).sum
    value.backward()
    expected = functional.binary_cross_entropy_with_logits(
        theirs, targets, pos_weight=torch.tensor([0.5, 1.0, 4.0]) if weights else None, reduction="sum"
    )
    expected.backward()
    assert value.item() == pytest.approx(expected.item())
    assert torch.allclose(ours.grad, theirs.grad, atol=1e-6)


def test_more_labels_do_not_weaken_each() -> None:
    """Danger: a mean over labels, so that a set of 50 labels learns each ten times slower than a set of 5."""
    loss = BinaryCrossEntropy()
    few = loss.compute(torch.zeros(2, 3), torch.ones(2, 3), NAMES, COUNTS)
    many = loss.compute(torch.zeros(2, 6), torch.ones(2, 6), NAMES * 2, COUNTS * 2)
    assert few.weight == many.weight == 2.0
    assert float(many.sum) == pytest.approx(2 * float(few.sum))


def test_whole_numbers_pass_as_targets() -> None:
    """Danger: an error about types, far from the column of zeros and ones that caused it."""
    loss = BinaryCrossEntropy()
    logits = torch.tensor([[0.3, -2.0, 1.0]])
    whole = loss.compute(logits, torch.tensor([[1, 0, 1]]), NAMES, COUNTS)
    assert float(whole.sum) == float(loss.compute(logits, torch.tensor([[1.0, 0.0, 1.0]]), NAMES, COUNTS).sum)
