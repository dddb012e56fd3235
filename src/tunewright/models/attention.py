"""Attention for short rows on a CPU.

torch's flash kernel for CPUs blocks its work for long rows. In bf16 on rows of up to about 128 tokens, plain products
were measured 1.5 to 8 times faster, forward and backward (benchmarks/short_rows.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS

__all__ = ["quick_attention", "short_row_attention"]

_NAME = "tunewright_short_rows"
_LONGEST = 160
"""Tokens; beyond it the flash kernel takes over."""


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
    short = query.dtype == torch.bfloat16 and query.shape[2] <= _LONGEST and key.shape[2] <= _LONGEST
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
    scores = torch.matmul(query * (scaling or query.shape[-1] ** -0.5), key.transpose(2, 3)).float()
    if attention_mask is not None:
        scores = scores.masked_fill(~attention_mask, torch.finfo(scores.dtype).min)
    weights = torch.softmax(scores, dim=-1).to(value.dtype)
    if dropout:
        weights = nn.functional.dropout(weights, dropout, module.training)
    return torch.matmul(weights, value).transpose(1, 2).contiguous(), None


@contextmanager
def quick_attention(model: nn.Module, device: torch.device, precision: str) -> Iterator[None]:
    """Let a model use it on a CPU in bf16; the model's own attention is put back afterwards, so nothing of it is saved.

    Models that bring their own attention (DeBERTa) keep it.
    """
    wrapped = cast(Any, model)
    inner = wrapped.get_base_model() if hasattr(model, "get_base_model") else wrapped
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
