"""Attention inside each row of a packed sequence.

In bf16 it is computed by plain products over all groups in one piece of the graph: for rows of 20 tokens the single
operations cost more than their arithmetic. Else the rows are spread out and given to the usual kernels.
"""

from __future__ import annotations

from typing import Any, cast

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
    first_alone: bool = False,
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
        first_alone: whether rows' first tokens alone ask; the others are answered by zeros.
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
        return cast(Any, _PackedProducts.apply)(scaled, key, value, layout, first_alone), None
    q, k, v = (_pad(tensor[0].transpose(0, 1), layout.padded) for tensor in (query, key, value))
    outputs: list[Tensor] = []
    place = 0
    for group in layout.groups:
        own = slice(place, place + group.places)
        place = own.stop
        asking, keys, values = (t[own].view(group.rows, group.width, *t.shape[1:]).transpose(1, 2) for t in (q, k, v))
        if first_alone:
            asking, seen, looks_back = asking[:, :, :1], None if group.padding is None else ~group.padding, False
        else:
            seen = _seen(group, causal, sliding_window, q.device)
            looks_back = causal and seen is None
        output, _ = short_row_attention(module, asking, keys, values, seen, is_causal=looks_back, **kwargs)
        outputs.append(output.flatten(0, 1))
    said = torch.cat(outputs)
    if first_alone:
        return layout.at_first(said)[None], None
    return (said if layout.padded is None else cast(Any, _Unpad.apply)(said, layout.padded))[None], None


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
    """(tokens, heads, width) at the places of their groups."""
    return tokens if padded is None else cast(Tensor, cast(Any, _Pad.apply)(tokens, padded))


class _Pad(torch.autograd.Function):
    """To the places of groups. What stands at padding moves nothing: it is hidden, and what it asks is not read."""

    @staticmethod
    def forward(ctx: Any, tokens: Tensor, padded: Padded) -> Tensor:
        ctx.padded = padded
        return tokens.index_select(0, padded.source)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        return gradient.index_select(0, ctx.padded.kept), None


class _Unpad(torch.autograd.Function):
    """Back from there: padding is left out."""

    @staticmethod
    def forward(ctx: Any, places: Tensor, padded: Padded) -> Tensor:
        ctx.padded = padded
        return places.index_select(0, padded.kept)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        padded: Padded = ctx.padded
        return gradient.index_select(0, padded.source).masked_fill_(padded.padding[:, None, None], 0.0), None


class _PackedProducts(torch.autograd.Function):
    """softmax(q k^T) v of every group, between one gathering of all tokens' heads and one back."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, layout: Layout, first_alone: bool) -> Tensor:
        heads, tokens, width = query.shape[1:]
        places = layout.by_heads(heads)
        asking = places.first if first_alone else places.source
        q = _flat(query).index_select(0, asking)
        k, v = (_flat(tensor).index_select(0, places.source) for tensor in (key, value))
        output, weights = torch.empty_like(q), list[Tensor]()
        for group, asked, seen in _slices(layout, heads, first_alone):
            mine, keys, values, said = _of(group, heads, q[asked], k[seen], v[seen], output[asked])
            weights.append(attention_forward(mine, keys, values, group.padding, heads, said, any(ctx.needs_input_grad)))
        ctx.save_for_backward(q, k, v, *weights)
        ctx.layout, ctx.first_alone, ctx.heads = layout, first_alone, heads
        if first_alone:
            found = output.new_zeros(tokens * heads, width).index_copy_(0, asking, output)
        else:
            found = output.index_select(0, places.kept)
        return found.view(1, tokens, heads, width)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        q, k, v, *weights = ctx.saved_tensors
        layout, first_alone, heads, width = ctx.layout, ctx.first_alone, ctx.heads, q.shape[1]
        places = layout.by_heads(heads)
        g = gradient.reshape(-1, width).index_select(0, places.first if first_alone else places.source)
        into = [torch.empty_like(tensor) for tensor in (q, k, v)]
        for (group, asked, seen), w in zip(_slices(layout, heads, first_alone), weights, strict=True):
            mine, keys, values = _of(group, heads, q[asked], k[seen], v[seen])
            written = _of(group, heads, into[0][asked], into[1][seen], into[2][seen])
            pulled = g[asked].view(group.rows, heads, -1, width)
            if group.padding is not None and not first_alone:  # what padding asks is read by nobody
                pulled.masked_fill_(group.padding.transpose(2, 3), 0.0)
            attention_backward(mine, keys, values, w, pulled.flatten(0, 1), heads, written)
        if first_alone:
            asked_by = into[0].new_zeros(len(places.kept), width).index_copy_(0, places.first, into[0])
        else:
            asked_by = into[0].index_select(0, places.kept)
        every = (asked_by, *(tensor.index_select(0, places.kept) for tensor in into[1:]))
        return *(tensor.view(1, -1, heads, width).transpose(1, 2) for tensor in every), None, None


def _flat(tensor: Tensor) -> Tensor:
    """(1, heads, tokens, width) as (tokens * heads, width), which is how a linear layer leaves it."""
    return tensor[0].transpose(0, 1).reshape(-1, tensor.shape[3])


def _of(group: Group, heads: int, *tensors: Tensor) -> list[Tensor]:
    """(rows * heads * tokens, width) of a group as (rows * heads, tokens, width)."""
    return [tensor.view(group.rows * heads, -1, tensor.shape[1]) for tensor in tensors]


def _slices(layout: Layout, heads: int, first_alone: bool) -> list[tuple[Group, slice, slice]]:
    """Of each group what asks, and what is seen."""
    found: list[tuple[Group, slice, slice]] = []
    row = place = 0
    for group in layout.groups:
        seen = slice(place * heads, (place + group.places) * heads)
        asked = slice(row * heads, (row + group.rows) * heads) if first_alone else seen
        found.append((group, asked, seen))
        row, place = row + group.rows, place + group.places
    return found
