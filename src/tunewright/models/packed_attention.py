"""Attention inside each row of a packed sequence.

In bf16 it is computed by plain products over all groups in one piece of the graph: for rows of 20 tokens the single
operations cost more than their arithmetic. Else the rows are spread out and given to the usual kernels.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from tunewright.models.attention import LONGEST_PLAIN, attention_backward, attention_forward, short_row_attention
from tunewright.models.layout import Group, Layout, Padded

__all__ = ["packed_attention"]


def packed_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    layout: Layout | None = None,
    is_causal: bool | None = None,
    sliding_window: int | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """What every token sees of its own row.

    Args:
        module: the attention layer.
        query, key, value: (1, heads, tokens, head width); several heads of the queries may share one of the others.
        attention_mask: unused where there is a layout.
        layout: where the rows are; None for an ordinary padded batch.
        is_causal: whether a token sees those before it alone; None asks the layer.
        sliding_window: how many tokens a token sees, itself among them; None for all.

    Returns:
        (1, tokens, heads, head width), and no weights.
    """
    if layout is None:
        return short_row_attention(
            module, query, key, value, attention_mask, is_causal=is_causal, sliding_window=sliding_window, **kwargs
        )
    causal = bool(getattr(module, "is_causal", False) if is_causal is None else is_causal)
    drops = bool(kwargs.get("dropout")) and module.training
    narrow = max(group.width for group in layout.groups) <= LONGEST_PLAIN
    if query.dtype == torch.bfloat16 and narrow and not causal and not drops and key.shape[1] == query.shape[1]:
        scaled = query * (kwargs.get("scaling") or query.shape[-1] ** -0.5)
        return cast(Any, _PackedProducts.apply)(scaled, key, value, layout), None
    q, k, v = (_pad(tensor[0].transpose(0, 1), layout.padded) for tensor in (query, key, value))
    outputs: list[Tensor] = []
    place = 0
    for group in layout.groups:
        own = slice(place, place + group.places)
        place = own.stop
        asking, keys, values = (t[own].view(group.rows, group.width, *t.shape[1:]).transpose(1, 2) for t in (q, k, v))
        seen = _seen(group, causal, sliding_window, q.device)
        looks_back = causal and seen is None
        output, _ = short_row_attention(module, asking, keys, values, seen, is_causal=looks_back, **kwargs)
        outputs.append(output.flatten(0, 1))
    return _unpad(torch.cat(outputs), layout.padded)[None], None


def _seen(group: Group, causal: bool, window: int | None, device: torch.device) -> Tensor | None:
    """bool (rows, 1, width, width), which tokens each token of a group sees; None where the kernel knows by itself."""
    width = group.width
    if not causal:
        return None if group.padding is None else (~group.padding).expand(-1, 1, width, -1)
    if window is None or window >= width:
        return None  # padding lies behind its row, where no token of the row looks
    places = torch.arange(width, device=device)
    behind = places[:, None] - places[None, :]
    return ((behind >= 0) & (behind < window))[None, None].expand(group.rows, 1, width, width)


def _pad(tokens: Tensor, padded: Padded | None) -> Tensor:
    """(tokens, heads, width) at the places of their groups. What stands at padding moves nothing: it is hidden, and
    what it asks is not read."""
    return tokens if padded is None else _taken(tokens, padded.source, padded.kept, None)


def _unpad(places: Tensor, padded: Padded | None) -> Tensor:
    """Back from there: padding is left out."""
    return places if padded is None else _taken(places, padded.kept, padded.source, padded.padding)


def _taken(values: Tensor, there: Tensor, back: Tensor, blank: Tensor | None) -> Tensor:
    """`values[there]`, whose gradient is taken by `back`, with zeros where `blank` is True: adding up, which an index
    needs in general, would be slow."""
    return cast(Tensor, cast(Any, _Taken.apply)(values, there, back, blank))


class _Taken(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, there: Tensor, back: Tensor, blank: Tensor | None) -> Tensor:
        ctx.back, ctx.blank = back, blank
        return values.index_select(0, there)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        found = gradient.index_select(0, ctx.back)
        return found if ctx.blank is None else found.masked_fill_(ctx.blank[:, None, None], 0.0), None, None, None


class _PackedProducts(torch.autograd.Function):
    """softmax(q k^T) v of every group, between one gathering of all tokens' heads and one back."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, layout: Layout) -> Tensor:
        heads, tokens, width = query.shape[1:]
        places = layout.by_heads(heads)
        q, k, v = (_flat(tensor).index_select(0, places.source) for tensor in (query, key, value))
        output, weights = torch.empty_like(q), list[Tensor]()
        for group, own in _slices(layout, heads):
            mine, keys, values, said = _of(group, heads, q[own], k[own], v[own], output[own])
            weights.append(attention_forward(mine, keys, values, group.end, heads, said, any(ctx.needs_input_grad)))
        ctx.save_for_backward(q, k, v, *weights)
        ctx.layout, ctx.heads = layout, heads
        return output.index_select(0, places.kept).view(1, tokens, heads, width)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        q, k, v, *weights = ctx.saved_tensors
        layout, heads, width = ctx.layout, ctx.heads, q.shape[1]
        places = layout.by_heads(heads)
        g = gradient.reshape(-1, width).index_select(0, places.source)
        into = [torch.empty_like(tensor) for tensor in (q, k, v)]
        for (group, own), w in zip(_slices(layout, heads), weights, strict=True):
            mine, keys, values, pulled = _of(group, heads, q[own], k[own], v[own], g[own])
            if group.end is not None:  # what padding asks is read by nobody
                last = pulled.view(group.rows, heads, -1, width)[:, :, group.shortest :]
                last.masked_fill_(group.end.transpose(2, 3), 0.0)
            attention_backward(mine, keys, values, w, pulled, heads, _of(group, heads, *(t[own] for t in into)))
        every = (tensor.index_select(0, places.kept) for tensor in into)
        return *(tensor.view(1, -1, heads, width).transpose(1, 2) for tensor in every), None


def _flat(tensor: Tensor) -> Tensor:
    """(1, heads, tokens, width) as (tokens * heads, width), which is how a linear layer leaves it."""
    return tensor[0].transpose(0, 1).reshape(-1, tensor.shape[3])


def _of(group: Group, heads: int, *tensors: Tensor) -> list[Tensor]:
    """(rows * heads * tokens, width) of a group as (rows * heads, tokens, width)."""
    return [tensor.view(group.rows * heads, group.width, -1) for tensor in tensors]


def _slices(layout: Layout, heads: int) -> list[tuple[Group, slice]]:
    """Of each group its places, every head of them."""
    ends = np.cumsum([group.places * heads for group in layout.groups]).tolist()
    return [(group, slice(begin, end)) for group, begin, end in zip(layout.groups, [0, *ends[:-1]], ends, strict=True)]
