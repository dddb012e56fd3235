"""Piece by piece, the loss and its gradients are those of the whole matrix of logits."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from tunewright.losses.chunked_cross_entropy import chunked_cross_entropy


def given(dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    draw = torch.Generator().manual_seed(0)
    hidden = torch.randn(37, 16, generator=draw, dtype=dtype).requires_grad_()
    weight = torch.randn(50, 16, generator=draw, dtype=dtype).requires_grad_()
    bias = torch.randn(50, generator=draw, dtype=dtype).requires_grad_()
    return hidden, weight, bias, torch.randint(0, 50, (37,), generator=draw)


@pytest.mark.parametrize("at_once", [1, 50, 7 * 50, 10**6])
@pytest.mark.parametrize("with_bias", [True, False])
def test_loss_and_gradients_are_those_of_all_logits(at_once: int, with_bias: bool) -> None:
    """Danger: a piece is lost, counted twice, or weighed by another token's factor."""
    hidden, weight, bias, targets = given(torch.float32)
    factors = torch.rand(37, generator=torch.Generator().manual_seed(1))
    asked = [hidden, weight, *([bias] if with_bias else [])]
    loss, behind = chunked_cross_entropy(hidden, weight, bias if with_bias else None, targets, at_once)
    found = torch.autograd.grad((loss * factors).sum(), asked)
    logits = functional.linear(hidden, weight, bias if with_bias else None)
    peer = functional.cross_entropy(logits, targets, reduction="none")
    wanted = torch.autograd.grad((peer * factors).sum(), asked)
    assert torch.allclose(loss, peer, atol=1e-6, rtol=1e-6)
    for mine, other in zip(found, wanted, strict=True):
        assert torch.allclose(mine, other, atol=2e-6, rtol=1e-5)
    assert torch.equal(behind == 0, logits.argmax(-1) == targets)


def test_what_is_frozen_gets_no_gradient() -> None:
    """Danger: under LoRA the head's gradient, as large as the head, is computed and thrown away."""
    hidden, weight, _, targets = given()
    weight.requires_grad_(False)
    loss, _ = chunked_cross_entropy(hidden, weight, None, targets)
    loss.sum().backward()
    assert hidden.grad is not None and weight.grad is None


def test_bf16_products_are_near() -> None:
    """Danger: under autocast the softmax runs in bf16, where small probabilities vanish."""
    hidden, weight, bias, targets = given(torch.float32)
    exact, _ = chunked_cross_entropy(hidden, weight, bias, targets)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss, _ = chunked_cross_entropy(hidden, weight, bias, targets, 100)
    loss.sum().backward()
    assert loss.dtype == torch.float32 and weight.grad is not None and weight.grad.dtype == torch.float32
    assert float((loss - exact).abs().max()) < 0.1
