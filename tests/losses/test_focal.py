"""Focal loss against its formula, and against cross-entropy where gamma is 0."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from tunewright.losses.focal import Focal

NAMES, COUNTS = ("a", "b", "c"), (5, 3, 2)
WEIGHTS = {"a": 0.5, "c": 4.0}
FACTORS = torch.tensor([0.5, 1.0, 4.0])


def batch() -> tuple[Tensor, Tensor, Tensor]:
    """Logits, one label a row, several labels a row."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(9, 3, generator=generator) * 2
    label = torch.randint(0, 3, (9,), generator=generator)
    return logits, label, (torch.rand(9, 3, generator=generator) < 0.5).float()


def with_gradient(loss: Focal, logits: Tensor, targets: Tensor) -> tuple[float, Tensor]:
    values = logits.clone().requires_grad_()
    total = loss.compute(values, targets, NAMES, COUNTS).sum
    total.backward()
    return float(total.detach()), values.grad


@pytest.mark.parametrize("weighted", [False, True])
def test_gamma_zero_is_cross_entropy(weighted: bool) -> None:
    """Danger: a factor of two or a lost weight that no curve would show."""
    logits, label, _ = batch()
    value, gradient = with_gradient(Focal(gamma=0.0, class_weights=WEIGHTS if weighted else None), logits, label)
    peer = logits.clone().requires_grad_()
    expected = functional.cross_entropy(peer, label, weight=FACTORS if weighted else None, reduction="sum")
    expected.backward()
    assert value == pytest.approx(expected.item())
    assert torch.allclose(gradient, peer.grad, atol=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
def test_gamma_zero_is_binary_cross_entropy_on_several_labels(weighted: bool) -> None:
    """Danger: weights on the negative rows too, which takes back what they give."""
    logits, _, labels = batch()
    value, gradient = with_gradient(Focal(gamma=0.0, class_weights=WEIGHTS if weighted else None), logits, labels)
    peer = logits.clone().requires_grad_()
    expected = functional.binary_cross_entropy_with_logits(
        peer, labels, pos_weight=FACTORS if weighted else None, reduction="sum"
    )
    expected.backward()
    assert value == pytest.approx(expected.item())
    assert torch.allclose(gradient, peer.grad, atol=1e-6)


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0, 5.0])
def test_it_is_the_papers_formula(gamma: float) -> None:
    """Danger: the exponent on p instead of 1 - p. Computed here in fp64, straight from the paper."""
    logits, label, labels = batch()
    p = torch.softmax(logits.double(), dim=1).gather(1, label[:, None])
    expected = float((-((1 - p) ** gamma) * p.log()).sum())
    assert with_gradient(Focal(gamma=gamma), logits, label)[0] == pytest.approx(expected, rel=1e-5)
    s = torch.sigmoid(logits.double())
    q = torch.where(labels > 0.5, s, 1 - s)
    expected = float((-((1 - q) ** gamma) * q.log()).sum())
    assert with_gradient(Focal(gamma=gamma), logits, labels)[0] == pytest.approx(expected, rel=1e-5)


def test_easy_rows_fade() -> None:
    """Danger: focal in name alone: it exists so that rows already right pull less."""
    right, wrong = torch.tensor([[4.0, 0.0, 0.0]]), torch.tensor([[0.0, 4.0, 0.0]])
    target = torch.tensor([0])
    plain, focal = Focal(gamma=0.0), Focal(gamma=2.0)
    share = [
        with_gradient(focal, logits, target)[1].norm() / with_gradient(plain, logits, target)[1].norm()
        for logits in (right, wrong)
    ]
    assert share[0] < 0.01
    assert share[1] > 0.9


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_a_certain_row_has_no_gradient_instead_of_a_broken_one(gamma: float) -> None:
    """Danger: with gamma below 1 the derivative at p = 1 is infinite, and one perfect row breaks the whole run."""
    for extreme in (1e4, 40.0, 16.6):
        logits = torch.tensor([[extreme, -extreme, -extreme]])
        value, gradient = with_gradient(Focal(gamma=gamma), logits, torch.tensor([0]))
        assert 0.0 <= value < 1e-3
        assert float(gradient.abs().max()) < 1e-3
