"""Packed rows: the outputs and gradients of padded batches, and nothing left in the model."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from trial import Trial, trial

from tunewright.data.plan import like_lengths
from tunewright.methods.lora import LoRA
from tunewright.models.packing import Layout, Packing, packed_rows
from tunewright.models.precision import autocast

CPU = torch.device("cpu")
PACKED = ("bert", "roberta", "distilbert", "xlm-roberta", "electra", "camembert")


def packed_logits(model: nn.Module, bench: Trial, packing: Packing, rows: Any) -> Tensor:
    """Outputs of packed rows, in the order of `rows`."""
    groups = like_lengths(np.asarray(rows), bench.encoded.lengths)
    arguments = packing.arguments(bench.encoded.pack(groups), [bench.encoded.lengths[group] for group in groups])
    logits = model(**arguments).logits
    return logits[torch.from_numpy(np.argsort(np.concatenate(groups)))]


@pytest.mark.parametrize("family", PACKED)
@pytest.mark.parametrize("lora", [False, True])
def test_outputs_and_gradients_are_those_of_a_padded_batch(family: str, lora: bool) -> None:
    """Danger: rows that see their neighbours, positions that run on, a head that reads another row's token."""
    bench = trial(family)
    model = copy.deepcopy(bench.plain).eval()
    if lora:
        model = LoRA(rank=4).prepare(model, 0).eval()
    rows = np.arange(12)
    direction = torch.randn(12, 3, generator=torch.Generator().manual_seed(0))
    plain = model(**bench.encoded.collate(rows)).logits
    (plain * direction).sum().backward()
    wanted = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    with packed_rows(model, CPU, "fp32") as packing:
        assert packing is not None
        found = packed_logits(model, bench, packing, rows)
        (found * direction).sum().backward()
        again = model(**bench.encoded.collate(rows)).logits
    assert float((found - plain).abs().max()) < 1e-5
    assert torch.allclose(again, plain, atol=1e-5)
    gradients = {n: p.grad for n, p in model.named_parameters() if p.grad is not None}
    assert gradients.keys() == wanted.keys()
    largest = max(float(g.norm()) for g in wanted.values())
    for name, gradient in wanted.items():
        assert float((gradients[name] - gradient).norm()) < 1e-5 * largest, name


def test_bf16_is_as_near_as_a_padded_batch_is() -> None:
    """Danger: a cast that only the packed path makes."""
    bench = trial("bert")
    exact = bench.logits(bench.plain.eval())
    with torch.no_grad(), packed_rows(bench.plain, CPU, "bf16") as packing, autocast("bf16", CPU):
        found = packed_logits(bench.plain, bench, packing, bench.rows).float()
        padded = bench.plain(**bench.encoded.collate(bench.rows)).logits.float()
    assert float((found - exact).abs().max()) < 2 * float((padded - exact).abs().max()) + 1e-2


@pytest.mark.parametrize("family", ["deberta-v2", "modernbert", "llama"])
def test_other_models_keep_their_padded_batches(family: str) -> None:
    """Danger: a model whose attention does not know rows is given several in one sequence."""
    with packed_rows(trial(family).plain, CPU, "fp32") as packing:
        assert packing is None


def test_a_decoder_and_another_head_are_not_packed() -> None:
    """Danger: a causal BERT that sees what comes after; a head of tokens that is given first tokens alone."""
    bench = trial("bert")
    model = copy.deepcopy(bench.plain)
    model.config.is_decoder = True
    with packed_rows(model, CPU, "fp32") as packing:
        assert packing is None
    with packed_rows(copy.deepcopy(bench.plain.bert), CPU, "fp32") as packing:
        assert packing is None


def test_the_model_is_as_it_was_afterwards() -> None:
    """Danger: a saved model that names an attention nobody else has, or keeps hooks that drop tokens."""
    bench = trial("bert")
    before = bench.plain.config._attn_implementation
    with pytest.raises(KeyError), packed_rows(bench.plain, CPU, "fp32"):
        raise KeyError
    assert bench.plain.config._attn_implementation == before
    assert not any(m._forward_pre_hooks or m._forward_hooks for m in bench.plain.modules())


def test_a_copy_narrows_by_its_own_layout() -> None:
    """Danger: two copies in two threads that read each other's first tokens."""
    bench = trial("bert")
    model = copy.deepcopy(bench.plain).eval()
    with torch.no_grad(), packed_rows(model, CPU, "fp32") as packing:
        twin = copy.deepcopy(model)
        packed_logits(model, bench, packing, [0, 1])
        first = packed_logits(twin, bench, packing, [3, 4, 5])
        names = [
            m.__dict__["_first_tokens"].shape
            for t in (model, twin)
            for m in t.modules()
            if "_first_tokens" in m.__dict__
        ]
    assert names == [torch.Size([2]), torch.Size([3])]
    assert torch.allclose(first, bench.logits(bench.plain.eval(), np.array([3, 4, 5])), atol=1e-5)


def test_a_layout_counts_every_row_from_its_own_beginning() -> None:
    """Danger: padding that is seen, or a first token that is off by the padding before it."""
    layout = Layout.of([np.array([5, 3]), np.array([2])], CPU)
    assert layout.first.tolist() == [0, 5, 10]
    assert layout.groups[0].visible is not None
    assert layout.groups[0].visible[:, 0, 0].tolist() == [[True] * 5, [True] * 3 + [False] * 2]
    assert layout.groups[1].visible is None
