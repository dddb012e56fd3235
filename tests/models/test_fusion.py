"""The head over two towers: what it needs of both, and what it must not see."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from tunewright.models.fusion import Fusion, Look, joined_vectors, scaled


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


def made(kind: Any) -> Fusion:
    torch.manual_seed(0)
    return Fusion(kind, 24, 32, 48, 3, 0.1).eval()


@pytest.mark.parametrize("kind", ["concat", "cross"])
@torch.no_grad()
def test_what_a_text_says_depends_on_the_picture(kind: str) -> None:
    """Danger: a head that adds up what each tower says, which can never learn an answer that neither half tells."""
    head = made(kind)
    texts, words = drawn(2, 24), drawn(2, 5, 32)
    pictures, patches = drawn(2, 24) + 1, drawn(2, 7, 48) + 1
    said = [
        head(texts[t : t + 1], pictures[p : p + 1], words[t : t + 1], patches[p : p + 1], None)
        for t in (0, 1)
        for p in (0, 1)
    ]
    together = said[0] - said[1] - said[2] + said[3]
    assert float(together.abs().max()) > 1e-3


@torch.no_grad()
def test_padding_says_nothing() -> None:
    """Danger: an answer that depends on how long the other texts of the batch are."""
    head = made("cross")
    text, picture, words, patches = drawn(2, 24), drawn(2, 24), drawn(2, 9, 32), drawn(2, 7, 48)
    mask = torch.tensor([[1] * 9, [1] * 4 + [0] * 5])
    whole = head(text, picture, words, patches, mask)
    alone = head(text[1:], picture[1:], words[1:, :4], patches[1:], None)
    assert torch.allclose(whole[1:], alone, atol=1e-6)


@torch.no_grad()
def test_the_order_of_patches_and_a_detail_matter_in_cross_alone() -> None:
    """Danger: a block of attention whose result is thrown away."""
    text, picture, words, patches = drawn(1, 24), drawn(1, 24), drawn(1, 5, 32), drawn(1, 7, 48)
    changed = patches.clone()
    changed[0, 3] += 3.0
    for kind, matters in (("concat", False), ("cross", True)):
        head = made(kind)
        same = torch.equal(head(text, picture, words, patches, None), head(text, picture, words, changed, None))
        assert same is not matters


def test_vectors_count_by_their_direction() -> None:
    """Danger: CLIP's vectors are ten times as long as SigLIP's: a head drawn for one would drown in the other."""
    text, picture = drawn(4, 24), drawn(4, 24) + 1
    assert torch.allclose(joined_vectors(text * 10, picture / 10), joined_vectors(text, picture), atol=1e-5)
    assert torch.allclose(scaled(text).square().mean(dim=-1), torch.ones(4))


@pytest.mark.parametrize(("width", "heads"), [(24, 1), (64, 1), (512, 8), (768, 12), (1152, 18), (200, 2)])
def test_heads_divide_the_width(width: int, heads: int) -> None:
    """Danger: a width that is no multiple of 64 ends in a traceback from a reshape."""
    look = Look(width, 8, 8, 0.0)
    assert look.heads == heads and width % look.heads == 0
    assert look(drawn(1, 3, 8), drawn(1, 4, 8), None).shape == (1, width)
