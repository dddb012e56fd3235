"""Cross-entropy over a vocabulary without the matrix of logits.

The logits of a step, tokens times vocabulary, are by far the largest tensor of a small language model's training: 4,096
tokens of a vocabulary of 152,000 take 2.5 GB in fp32, and their gradient as much again. Here they are computed for some
tokens at a time, and once more in the backward, so that no more than one such piece ever exists.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["chunked_cross_entropy"]

_LOGITS_AT_ONCE = 1 << 24
"""Logits of one piece: 64 MiB in fp32, large enough that the products run at full speed."""


def chunked_cross_entropy(
    hidden: Tensor, weight: Tensor, bias: Tensor | None, targets: Tensor, logits_at_once: int = _LOGITS_AT_ONCE
) -> tuple[Tensor, Tensor]:
    """-log softmax(hidden @ weight.T + bias)[target] of each token, and how far the target is behind the likeliest.

    Products run in the type of autocast where it is on, softmax in fp32.

    Args:
        hidden: (tokens, width).
        weight: (vocabulary, width).
        bias: (vocabulary,) or None.
        targets: int64 (tokens,).
        logits_at_once: most logits in memory.

    Returns:
        fp32 (tokens,), through which gradients flow; and fp32 (tokens,), the difference of two log-probabilities, 0
        where the target is the likeliest.
    """
    rows = max(1, logits_at_once // weight.shape[0])
    kind = hidden.device.type
    dtype = (
        torch.get_autocast_dtype(kind)
        if torch.is_autocast_enabled(kind)
        else torch.promote_types(hidden.dtype, weight.dtype)
    )
    loss, behind = _Chunked.apply(hidden, weight, bias, targets, rows, dtype)  # type: ignore[no-untyped-call]
    return loss, behind


class _Chunked(torch.autograd.Function):
    """Logits piece by piece, forward and backward."""

    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, weight: Tensor, bias: Tensor | None, targets: Tensor, rows: int, dtype: torch.dtype
    ) -> tuple[Tensor, Tensor]:
        loss = torch.empty(len(hidden), dtype=torch.float32, device=hidden.device)
        behind = torch.empty_like(loss)
        cast = weight.to(dtype)
        for start in range(0, len(hidden), rows):
            piece = slice(start, start + rows)
            logits = _logits(hidden[piece], cast, bias)
            loss[piece] = functional.cross_entropy(logits, targets[piece], reduction="none")
            behind[piece] = logits.amax(dim=-1) - logits.gather(-1, targets[piece, None])[:, 0]
        ctx.save_for_backward(hidden, weight, bias, targets)
        ctx.rows, ctx.dtype = rows, dtype
        ctx.mark_non_differentiable(behind)
        return loss, behind

    @staticmethod
    def backward(ctx: Any, above: Tensor, _: Any) -> tuple[Tensor | None, ...]:
        hidden, weight, bias, targets = ctx.saved_tensors
        wants_hidden, wants_weight, wants_bias = ctx.needs_input_grad[:3]
        cast = weight.to(ctx.dtype)
        of_hidden = torch.empty_like(hidden) if wants_hidden else None
        of_weight = torch.zeros(weight.shape, dtype=torch.float32, device=weight.device) if wants_weight else None
        of_bias = torch.zeros(bias.shape, dtype=torch.float32, device=bias.device) if wants_bias else None
        for start in range(0, len(hidden), ctx.rows):
            piece = slice(start, start + ctx.rows)
            part = hidden[piece]
            grown = _logits(part, cast, bias).softmax(dim=-1)
            grown[torch.arange(len(part), device=part.device), targets[piece]] -= 1.0
            grown *= above[piece, None]
            products = grown.to(ctx.dtype)
            if of_hidden is not None:
                of_hidden[piece] = (products @ cast).to(hidden.dtype)
            if of_weight is not None:
                of_weight += products.T @ part.to(ctx.dtype)
            if of_bias is not None:
                of_bias += grown.sum(dim=0)
        return (
            of_hidden,
            None if of_weight is None else of_weight.to(weight.dtype),
            None if of_bias is None else of_bias.to(bias.dtype),
            None,
            None,
            None,
        )


def _logits(hidden: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    with torch.autocast(hidden.device.type, enabled=False):
        logits = functional.linear(hidden.to(weight.dtype), weight).float()
    return logits if bias is None else logits + bias.float()
