"""Attention by plain products: the same numbers as torch's kernel, in fewer microseconds, and nothing of it saved."""

from __future__ import annotations

import pytest
import torch
from tiny_models import FAMILIES, tiny_config
from torch import Tensor, nn
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from trial import trial

from tunewright.models import attention as module
from tunewright.models.attention import quick_attention, short_row_attention
from tunewright.models.precision import autocast

CPU = torch.device("cpu")


def heads(tokens: int = 12, dtype: torch.dtype = torch.bfloat16) -> list[Tensor]:
    """Queries, keys and values of 3 rows and 4 heads."""
    generator = torch.Generator().manual_seed(tokens)
    return [torch.randn(3, 4, tokens, 8, generator=generator).to(dtype).requires_grad_() for _ in range(3)]


def mask(tokens: int = 12) -> Tensor:
    """Rows of unequal length: True where a token is seen."""
    seen = torch.arange(tokens)[None] < torch.tensor([tokens, tokens - 3, 2])[:, None]
    return seen[:, None, None, :].expand(3, 1, tokens, tokens)


def exact(parts: list[Tensor], seen: Tensor | None, scaling: float | None = None) -> Tensor:
    """The definition, in fp64."""
    query, key, value = (part.detach().double() for part in parts)
    scores = query @ key.transpose(2, 3) * (scaling or query.shape[-1] ** -0.5)
    if seen is not None:
        scores = scores.masked_fill(~seen, -torch.inf)
    return (torch.softmax(scores, dim=-1) @ value).transpose(1, 2)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("scaling", [None, 0.2])
def test_outputs_are_those_of_the_definition(masked: bool, scaling: float | None) -> None:
    """Danger: a mask turned round, a scale applied twice, or heads and tokens exchanged."""
    parts, seen = heads(), mask() if masked else None
    output, weights = short_row_attention(nn.Module(), *parts, seen, scaling=scaling)
    assert weights is None
    assert output.dtype == torch.bfloat16
    assert output.is_contiguous()
    assert float((output.detach().double() - exact(parts, seen, scaling)).abs().max()) < 0.03


@pytest.mark.parametrize("in_cache", [1, 12 * 12 * 3, 12 * 12 * 4, 12 * 12 * 9])
def test_parts_of_any_size_compute_the_same(monkeypatch, in_cache: int) -> None:
    """Danger: a mask of one row laid over the heads of another, or the last heads of a row left out."""
    direction = torch.randn(3, 12, 4, 8, generator=torch.Generator().manual_seed(1)).bfloat16()
    found = []
    for size in (module._IN_CACHE, in_cache):
        monkeypatch.setattr(module, "_IN_CACHE", size)
        parts = heads()
        output = short_row_attention(nn.Module(), *parts, mask())[0]
        output.backward(direction)
        with torch.no_grad():
            assert torch.equal(short_row_attention(nn.Module(), *parts, mask())[0], output)
        found.append([output, *(part.grad for part in parts)])
    assert all(torch.equal(whole, cut) for whole, cut in zip(*found, strict=True))


def test_gradients_are_those_of_torchs_kernel() -> None:
    """Danger: a forward that is right and a backward that is not."""
    ours, theirs = heads(), heads()
    direction = torch.randn(3, 12, 4, 8, generator=torch.Generator().manual_seed(1))
    for parts, kernel in ((ours, short_row_attention), (theirs, sdpa_attention_forward)):
        (kernel(nn.Module(), *parts, mask())[0].float() * direction).sum().backward()
    for mine, peer in zip(ours, theirs, strict=True):
        assert float((mine.grad.float() - peer.grad.float()).norm() / peer.grad.float().norm()) < 0.03


@pytest.mark.parametrize(
    ("tokens", "dtype", "masked", "causal"),
    [
        (module.LONGEST_PLAIN + 1, torch.bfloat16, False, False),
        (12, torch.float32, True, False),
        (12, torch.bfloat16, False, True),
    ],
)
def test_what_it_is_not_made_for_goes_to_torch(
    monkeypatch, tokens: int, dtype: torch.dtype, masked: bool, causal: bool
) -> None:
    """Danger: a causal model whose words see the future; long rows that fill the memory with their scores."""
    asked = []
    monkeypatch.setattr(module, "sdpa_attention_forward", lambda *a, **k: (asked.append(k), None)[1] or (a[1], None))
    short_row_attention(nn.Module(), *heads(tokens, dtype), mask(tokens) if masked else None, is_causal=causal)
    assert [k["is_causal"] for k in asked] == [causal]


def test_shared_heads_go_to_torch(monkeypatch) -> None:
    """Danger: grouped queries against too few keys: a broadcast that fits and means nothing."""
    asked = []
    monkeypatch.setattr(module, "sdpa_attention_forward", lambda *a, **k: (asked.append(a), None)[1] or (a[1], None))
    query, key, value = heads()
    short_row_attention(nn.Module(), query, key[:, :1], value[:, :1], None)
    assert len(asked) == 1


def test_dropout_only_in_training() -> None:
    """Danger: noise in what is measured."""
    layer, parts = nn.Module(), heads()
    quiet = short_row_attention(layer.eval(), *parts, None, dropout=0.5)[0]
    assert torch.equal(quiet, short_row_attention(layer, *parts, None)[0])
    assert not torch.equal(quiet, short_row_attention(layer.train(), *parts, None, dropout=0.5)[0])


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_computes_the_same_with_it(family: str) -> None:
    """Danger: a family whose mask has another form, so that padding is attended to."""
    bench = trial(family)
    model = bench.model.eval()
    with autocast("bf16", CPU):
        plain = bench.logits(model)
        with quick_attention(model, CPU, "bf16"):
            quick = bench.logits(model)
    assert float((plain - quick).abs().max()) < 0.05
    assert float((quick - bench.before).abs().max()) < 0.1
    # DeBERTa brings its own attention; Llama shares keys between heads and is causal: both are left alone
    assert torch.equal(plain, quick) is (family in ("deberta-v2", "llama"))


def test_a_row_that_sees_nothing_is_a_number() -> None:
    """Danger: padding in front of a row is masked from everything; -inf in all its scores is NaN, and spreads."""
    parts, seen = heads(), mask().clone()
    seen[1, :, :4] = False
    output = short_row_attention(nn.Module(), *parts, seen)[0]
    output.float().sum().backward()
    assert bool(output.isfinite().all())
    assert all(bool(part.grad.isfinite().all()) for part in parts)


@pytest.mark.parametrize("method", ["full", "lora"])
def test_the_models_own_attention_is_put_back(method: str) -> None:
    """Danger: a saved configuration that names an attention which plain transformers does not know."""
    bench = trial("bert", method)
    before = bench.plain.config._attn_implementation
    with pytest.raises(KeyError), quick_attention(bench.model, CPU, "bf16"):
        assert bench.plain.config._attn_implementation == module._NAME
        raise KeyError
    assert bench.plain.config._attn_implementation == before == "sdpa"
    assert module._NAME not in bench.plain.config.to_json_string()


@pytest.mark.parametrize(("device", "precision"), [("cpu", "fp32"), ("cuda", "bf16")])
def test_elsewhere_nothing_changes(device: str, precision: str) -> None:
    """Danger: a kernel made for one machine, used on all."""
    bench = trial("bert")
    with quick_attention(bench.model, torch.device(device), precision):
        assert bench.plain.config._attn_implementation == "sdpa"


def test_models_with_their_own_attention_keep_it() -> None:
    """Danger: DeBERTa's relative positions left out without a word."""
    bench = trial("deberta-v2")
    before = bench.plain.config._attn_implementation
    with quick_attention(bench.model, CPU, "bf16"):
        assert bench.plain.config._attn_implementation == before != module._NAME
    assert tiny_config("deberta-v2").relative_attention
