"""Attention on a CPU in bf16.

torch's flash kernel for CPUs was measured 1.4 to 8 times slower than plain products whose scores stay in bf16 and in
the cache (benchmarks/short_rows.py), up to rows of about 1,000 tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS

from tunewright.models.anatomy import inner_model

__all__ = ["LONGEST_PLAIN", "attention_backward", "attention_forward", "quick_attention", "short_row_attention"]

_NAME = "tunewright_short_rows"
LONGEST_PLAIN = 1024
"""Tokens; beyond it the flash kernel takes over, which does not keep a weight for each pair of tokens."""
_IN_CACHE = 1 << 19
"""Scores computed at a time: 1 MiB in bf16, what one core's cache holds."""


def short_row_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    is_causal: bool | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """softmax(q k^T) v by plain products where rows are short, in bf16 and fully visible or masked; torch's kernel
    else.

    Args:
        module: the attention layer.
        query, key, value: (batch, heads, tokens, head width).
        attention_mask: bool (batch, 1, tokens, tokens), True where visible; None where all is.
        dropout: of the attention weights.
        scaling: factor of the products; None is 1 / sqrt(head width).
        is_causal: whether a missing mask means a causal one.

    Returns:
        (batch, tokens, heads, head width), and no weights.
    """
    causal = bool(is_causal if is_causal is not None else getattr(module, "is_causal", False))
    short = query.dtype == torch.bfloat16 and query.shape[2] <= LONGEST_PLAIN and key.shape[2] <= LONGEST_PLAIN
    plain = (attention_mask is None and not causal) or (
        attention_mask is not None and attention_mask.dtype == torch.bool
    )
    if not (short and plain) or key.shape[1] != query.shape[1] or kwargs.get("position_bias") is not None:
        return cast(
            "tuple[Tensor, None]",
            sdpa_attention_forward(
                module, query, key, value, attention_mask,
                dropout=dropout, scaling=scaling, is_causal=is_causal, **kwargs,
            ),
        )  # fmt: skip
    scaled = query * (scaling or query.shape[-1] ** -0.5)
    if not (dropout and module.training):
        apply = cast(Any, _PlainProducts.apply)
        return apply(scaled, key, value, attention_mask), None
    scores = torch.matmul(scaled, key.transpose(2, 3))
    if attention_mask is not None:
        scores = scores.masked_fill(~attention_mask, torch.finfo(scores.dtype).min)
    weights = nn.functional.dropout(torch.softmax(scores, dim=-1), dropout)
    return torch.matmul(weights, value).transpose(1, 2).contiguous(), None


class _PlainProducts(torch.autograd.Function):
    """softmax(q k^T) v over (rows, heads, tokens, width), a few heads at a time."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, visible: Tensor | None) -> Tensor:
        rows, heads, tokens, width = query.shape
        q, k, v = (tensor.reshape(rows * heads, -1, width) for tensor in (query, key, value))
        output = torch.empty_like(q)
        hidden = None if visible is None else ~visible
        weights = attention_forward(q, k, v, hidden, heads, output, any(ctx.needs_input_grad))
        ctx.save_for_backward(q, k, v, weights)
        ctx.rows, ctx.heads = rows, heads
        return output.view(rows, heads, tokens, width).transpose(1, 2).contiguous()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        q, k, v, weights = ctx.saved_tensors
        g = gradient.transpose(1, 2).reshape(q.shape)
        gradients = [torch.empty_like(tensor) for tensor in (q, k, v)]
        attention_backward(q, k, v, weights, g, ctx.heads, gradients)
        return *(tensor.view(ctx.rows, ctx.heads, -1, tensor.shape[-1]) for tensor in gradients), None


def attention_forward(
    q: Tensor, k: Tensor, v: Tensor, hidden: Tensor | None, heads: int, output: Tensor, keep: bool
) -> Tensor:
    """Writes softmax(q k^T) v into `output`, a few heads at a time.

    Args:
        q: (rows * heads, tokens, width).
        k, v: (rows * heads, seen, width).
        hidden: bool, to be expanded to (rows, 1, tokens, last), True where nothing is seen of the last tokens; those
            before them are seen.
        heads: of a row.
        output: what is written to, of the shape of q.
        keep: whether a backward will follow.

    Returns:
        The weights (rows * heads, tokens, seen); without `keep` (0, tokens, seen).
    """
    count, tokens, seen = len(q), q.shape[1], k.shape[1]
    weights = torch.empty(count if keep else 0, tokens, seen, dtype=q.dtype)
    for part, row in _parts(count // heads, heads, tokens * seen):
        scores = torch.bmm(q[part], k[part].transpose(1, 2))
        if hidden is not None:
            by_row = scores.view(-1, heads if row.stop - row.start > 1 else len(scores), tokens, seen)
            by_row[..., seen - hidden.shape[-1] :].masked_fill_(hidden[row], torch.finfo(scores.dtype).min)
        kept = torch.softmax(scores, -1, out=weights[part]) if keep else torch.softmax(scores, -1)
        torch.bmm(kept, v[part], out=output[part])
    return weights


def attention_backward(
    q: Tensor, k: Tensor, v: Tensor, weights: Tensor, gradient: Tensor, heads: int, into: Sequence[Tensor]
) -> None:
    """Writes the gradients of q, k and v of `attention_forward` into three tensors of their shapes."""
    for part, _ in _parts(len(q) // heads, heads, weights[0].numel()):
        w, g = weights[part], gradient[part]
        torch.bmm(w.transpose(1, 2), g, out=into[2][part])
        products = torch.bmm(g, v[part].transpose(1, 2))
        scores = torch._softmax_backward_data(products, w, -1, w.dtype)
        torch.bmm(scores, k[part], out=into[0][part])
        torch.bmm(scores.transpose(1, 2), q[part], out=into[1][part])


def _parts(rows: int, heads: int, scores: int) -> Iterator[tuple[slice, slice]]:
    """Slices of (rows * heads), and the rows they belong to: whole rows, or heads of one row, as the cache allows."""
    whole = _IN_CACHE // (heads * scores)
    if whole >= 1:
        for start in range(0, rows, whole):
            row = slice(start, min(rows, start + whole))
            yield slice(row.start * heads, row.stop * heads), row
        return
    some = max(1, _IN_CACHE // scores)
    for index in range(rows):
        for head in range(0, heads, some):
            yield slice(index * heads + head, index * heads + min(heads, head + some)), slice(index, index + 1)


@contextmanager
def quick_attention(model: nn.Module, device: torch.device, precision: str) -> Iterator[None]:
    """Let a model use it on a CPU in bf16; the model's own attention is put back afterwards, so nothing of it is saved.

    Models that bring their own attention (DeBERTa) keep it.
    """
    inner = inner_model(model)
    before = inner.config._attn_implementation
    if device.type != "cpu" or precision != "bf16" or before != "sdpa":
        yield
        return
    AttentionInterface.register(_NAME, short_row_attention)
    AttentionMaskInterface.register(_NAME, ALL_MASK_ATTENTION_FUNCTIONS["sdpa"])
    inner.set_attn_implementation(_NAME)
    try:
        yield
    finally:
        inner.set_attn_implementation(before)
