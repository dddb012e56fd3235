"""Attention inside packed rows: the numbers of each row alone, by plain products and by torch's kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tunewright.models import attention as products
from tunewright.models import packed_attention as module
from tunewright.models.last_layer import seen_by_first_tokens
from tunewright.models.layout import Layout
from tunewright.models.packed_attention import packed_attention

CPU = torch.device("cpu")
GROUPS = ([[7, 5, 5], [3], [2, 1]], [[4, 4]], [[6]])
HEADS, WIDTH = 2, 3


def laid(groups: list[list[int]]) -> Layout:
    """A layout of rows of these lengths."""
    return Layout.of([np.array(group, dtype=np.int64) for group in groups], CPU)


def parts(layout: Layout, dtype: torch.dtype, key_heads: int = HEADS) -> list[Tensor]:
    """Queries, keys and values as linear layers leave them: (1, heads, tokens, width)."""
    generator = torch.Generator().manual_seed(layout.tokens)
    made = []
    for heads in (HEADS, key_heads, key_heads):
        flat = torch.randn(1, layout.tokens, heads, WIDTH, generator=generator, dtype=torch.float64)
        made.append(flat.to(dtype).requires_grad_())
    return made


def asked(layout: Layout, tensors: list[Tensor], **how: Any) -> Tensor:
    """What packed attention says, (tokens, heads, width)."""
    said, weights = packed_attention(nn.Module(), *(t.transpose(1, 2) for t in tensors), None, layout=layout, **how)
    assert weights is None
    return said[0]


def row_by_row(layout: Layout, tensors: list[Tensor], causal: bool = False, window: int = 99) -> Tensor:
    """The definition, each row alone."""
    tensors = [t.repeat_interleave(HEADS // t.shape[2], dim=2) for t in tensors]
    found = []
    for first, length in zip(layout.first.tolist(), layout.lengths.tolist(), strict=True):
        q, k, v = (t[0, first : first + length].transpose(0, 1) for t in tensors)
        scores = q @ k.transpose(1, 2) * WIDTH**-0.5
        if causal:
            seen = torch.ones(length, length).tril().bool() & torch.ones(length, length).triu(1 - window).bool()
            scores = scores.masked_fill(~seen, -torch.inf)
        found.append((torch.softmax(scores, -1) @ v).transpose(0, 1))
    return torch.cat(found)


def gradients(said: Tensor, tensors: list[Tensor], direction: Tensor) -> list[Tensor]:
    return list(torch.autograd.grad((said * direction).sum(), tensors))


@pytest.mark.parametrize("groups", GROUPS)
@pytest.mark.parametrize("way", ["plain products", "torch's kernels", "first tokens alone"])
def test_rows_and_their_gradients_are_those_of_rows_alone(groups: list[list[int]], way: str) -> None:
    """Danger: a neighbour's tokens, padding that is seen, or a gradient that goes to another row."""
    layout = laid(groups)
    tensors = parts(layout, torch.float64)
    wanted = row_by_row(layout, tensors)
    q, k, v = (t.transpose(1, 2) for t in tensors)
    first_alone = way == "first tokens alone"
    if first_alone:
        said = seen_by_first_tokens(nn.Module(), q, k, v, layout, None, 0.0)[0]
    elif way == "plain products":  # the arithmetic of bf16's path, in numbers exact enough to be compared
        said = module._PackedProducts.apply(q * WIDTH**-0.5, k, v, layout)[0]
    else:
        said = asked(layout, tensors, is_causal=False)
    read = layout.first if first_alone else slice(None)
    assert torch.allclose(said[read], wanted[read], atol=1e-12)
    direction = torch.zeros_like(wanted)
    direction[read] = torch.randn(wanted[read].shape, dtype=torch.float64)
    found = gradients(said, tensors, direction)
    for mine, theirs in zip(found, gradients(wanted, tensors, direction), strict=True):
        assert torch.allclose(mine, theirs, atol=1e-12)


@pytest.mark.parametrize("in_cache", [1, 60, 200])
def test_parts_of_any_size_compute_the_same(monkeypatch: pytest.MonkeyPatch, in_cache: int) -> None:
    """Danger: rows of a group that are left out where its scores do not fit into the cache at once."""
    layout = laid([[7, 5, 5], [3], [2, 1]])
    tensors = parts(layout, torch.float64)
    wanted = row_by_row(layout, tensors)
    monkeypatch.setattr(products, "_IN_CACHE", in_cache)
    said = module._PackedProducts.apply(*(t.transpose(1, 2) for t in tensors), layout)[0]
    scaled = row_by_row(layout, [tensors[0] * WIDTH**0.5, *tensors[1:]])
    assert torch.allclose(said, scaled, atol=1e-12)
    assert not torch.allclose(said, wanted, atol=1e-3), "the scale is the caller's"


def test_bf16_takes_the_plain_products(monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: the quick path is left without anybody noticing."""
    layout = laid([[7, 5, 5], [3]])
    tensors = parts(layout, torch.bfloat16)
    monkeypatch.setattr(module, "short_row_attention", None)
    said = asked(layout, tensors, is_causal=False)
    assert said.dtype == torch.bfloat16
    exact = row_by_row(layout, [t.detach().double() for t in tensors])
    assert float((said.detach().double() - exact).abs().max()) < 0.03


@pytest.mark.parametrize("key_heads", [HEADS, 1])
@pytest.mark.parametrize("window", [None, 2])
@pytest.mark.parametrize("groups", GROUPS)
def test_causal_rows_look_back_alone(groups: list[list[int]], window: int | None, key_heads: int) -> None:
    """Danger: tokens that see what they shall foresee, a window that is too wide, heads that read other keys."""
    layout = laid(groups)
    tensors = parts(layout, torch.float64, key_heads)
    layer = nn.Module()
    layer.__dict__["num_key_value_groups"] = HEADS // key_heads
    said, _ = packed_attention(
        layer, *(t.transpose(1, 2) for t in tensors), None, layout=layout, is_causal=True, sliding_window=window
    )
    wanted = row_by_row(layout, tensors, causal=True, window=window or 99)
    assert torch.allclose(said[0], wanted, atol=1e-12)
    direction = torch.randn(wanted.shape, dtype=torch.float64)
    for mine, theirs in zip(gradients(said[0], tensors, direction), gradients(wanted, tensors, direction), strict=True):
        assert torch.allclose(mine, theirs, atol=1e-12)


def test_rows_that_are_too_long_for_plain_products_are_answered_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: a row over the limit that keeps a weight for each pair of its tokens, or is answered differently."""
    layout = laid([[7, 5], [3]])
    tensors = parts(layout, torch.bfloat16)
    plain = asked(layout, tensors, is_causal=False)
    monkeypatch.setattr(module, "LONGEST_PLAIN", 6)
    monkeypatch.setattr(module, "_PackedProducts", None)
    assert torch.allclose(asked(layout, tensors, is_causal=False).float(), plain.float(), atol=0.03)


def test_dropout_of_weights_is_drawn() -> None:
    """Danger: a recipe's attention dropout that does nothing on packed rows."""
    layout = laid([[7, 5, 5], [3]])
    tensors = parts(layout, torch.bfloat16)
    torch.manual_seed(0)
    dropped = asked(layout, tensors, is_causal=False, dropout=0.5)
    assert not torch.equal(dropped, asked(layout, tensors, is_causal=False))
