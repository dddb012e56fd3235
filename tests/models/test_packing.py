"""Packed rows: the outputs and gradients of padded batches, and nothing left in the model."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from tiny_causal import WINDOWED, some_rows, tiny_causal
from torch import Tensor, nn
from trial import Trial, trial

from tunewright.data.plan import like_lengths
from tunewright.inputs import Encoded
from tunewright.methods.lora import LoRA
from tunewright.models.causal_families import CAUSAL_FAMILIES
from tunewright.models.last_layer import _NOTE as NOTED
from tunewright.models.packing import Packing, packed_rows
from tunewright.models.precision import autocast

pytestmark = pytest.mark.usefixtures("many_groups")
CPU = torch.device("cpu")
PACKED = ("bert", "roberta", "distilbert", "xlm-roberta", "electra", "camembert")


def packed_logits(model: nn.Module, bench: Trial, packing: Packing, rows: Any) -> Tensor:
    """Outputs of packed rows, in the order of `rows`."""
    groups = like_lengths(np.asarray(rows), bench.encoded.lengths)
    assert len(groups) > 1
    arguments = packing.arguments(bench.encoded, groups)
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
    assert not any(NOTED in m.__dict__ for m in bench.plain.modules())


def test_a_copy_narrows_by_its_own_layout() -> None:
    """Danger: two copies in two threads that read each other's first tokens."""
    bench = trial("bert")
    model = copy.deepcopy(bench.plain).eval()
    with torch.no_grad(), packed_rows(model, CPU, "fp32") as packing:
        twin = copy.deepcopy(model)
        packed_logits(model, bench, packing, [0, 1])
        first = packed_logits(twin, bench, packing, [3, 4, 5])
        noted = [[m.__dict__[NOTED].first for m in t.modules() if NOTED in m.__dict__] for t in (model, twin)]
    # the attention, its queries, keys and values, and what follows it
    assert [[len(first) for first in each] for each in noted] == [[2] * 5, [3] * 5]
    assert torch.allclose(first, bench.logits(bench.plain.eval(), np.array([3, 4, 5])), atol=1e-5)


CAUSAL = [
    *((family, {}) for family in sorted(CAUSAL_FAMILIES)),
    *((family, window) for family, window in WINDOWED.items()),
]


def said_of_tokens(model: nn.Module, encoded: Encoded, precision: str = "fp32") -> Tensor:
    """Logits of every token of packed rows, in the order of `encoded.ids`."""
    rows = np.arange(len(encoded))
    with packed_rows(model, CPU, precision, by_token=True) as packing, autocast(precision, CPU):
        assert packing is not None
        groups = like_lengths(rows, encoded.lengths)
        assert len(groups) > 1
        arguments = packing.arguments(encoded, groups)
        logits = model(**arguments).logits[0].float()
    return logits[torch.from_numpy(np.argsort(encoded.tokens_of(np.concatenate(groups))))]


def said_when_padded(model: nn.Module, encoded: Encoded) -> Tensor:
    batch = encoded.collate(np.arange(len(encoded)))
    logits: Tensor = model(**batch).logits
    return logits[batch["attention_mask"].bool()]


@pytest.mark.parametrize(("family", "window"), CAUSAL)
def test_causal_rows_are_answered_as_padded_ones(family: str, window: dict[str, Any]) -> None:
    """Danger: positions that run on, a window that reaches into another row, heads that read other keys than theirs."""
    model, encoded = tiny_causal(family, **window), some_rows()
    direction = torch.randn(len(encoded.ids), 120, generator=torch.Generator().manual_seed(0))
    plain = said_when_padded(model, encoded)
    (plain * direction).sum().backward()
    wanted = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    found = said_of_tokens(model, encoded)
    (found * direction).sum().backward()
    assert float((found - plain).abs().max()) < 2e-5
    largest = max(float(g.norm()) for g in wanted.values())
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            assert float((parameter.grad - wanted[name]).norm()) < 1e-5 * largest, name


@torch.no_grad()
@pytest.mark.parametrize(("family", "window"), CAUSAL)
def test_another_token_moves_its_own_row_behind_it_and_nothing_else(family: str, window: dict[str, Any]) -> None:
    """Danger: attention that leaks into neighbours by less than a tolerance lets through, or that looks ahead."""
    model, encoded = tiny_causal(family, **window), some_rows()
    before = said_of_tokens(model, encoded)
    place = int(encoded.offsets[1]) + 4
    encoded.ids[place] = 3 if encoded.ids[place] != 3 else 4
    moved = (said_of_tokens(model, encoded) != before).any(dim=1).numpy()
    own = np.zeros_like(moved)
    own[place : int(encoded.offsets[2])] = True
    assert moved[own][:2].all() and not moved[~own].any()


def test_windows_are_narrower_than_rows() -> None:
    """Danger: the tests above go through windows that hide nothing, and would pass without any."""
    for family, window in WINDOWED.items():
        with torch.no_grad():
            narrow, wide = (said_of_tokens(tiny_causal(family, **w), some_rows()) for w in (window, {}))
        assert not torch.allclose(narrow, wide, atol=1e-2), family


@torch.no_grad()
@pytest.mark.parametrize("family", ["llama", "mistral", "gpt2"])
def test_causal_bf16_is_as_near_as_a_padded_batch_is(family: str) -> None:
    """Danger: a mask, or heads repeated in another order, that only the path for bf16 has."""
    model, encoded = tiny_causal(family, **WINDOWED.get(family, {})), some_rows()
    exact = said_when_padded(model, encoded)
    with autocast("bf16", CPU):
        padded = said_when_padded(model, encoded).float()
    found = said_of_tokens(model, encoded, "bf16")
    assert float((found - exact).abs().mean()) < 1.5 * float((padded - exact).abs().mean()) + 1e-3


def test_causal_models_that_are_not_known_stay_padded() -> None:
    """Danger: positions that follow from the mask, or are turned by the longest row, in a sequence without a mask."""
    dynamic = {"rope_type": "dynamic", "factor": 2.0, "rope_theta": 10000.0}
    for model in (tiny_causal("opt"), tiny_causal("llama", rope_parameters=dynamic), tiny_causal("bloom")):
        with packed_rows(model, CPU, "fp32", by_token=True) as packing:
            assert packing is None
    with packed_rows(tiny_causal("llama"), CPU, "fp32") as packing:
        assert packing is None, "who reads rows of (rows, width) is given these"


@torch.no_grad()
def test_a_causal_model_writes_as_ever_where_it_may_be_packed() -> None:
    """Danger: sample answers, written in the middle of a measurement, are those of another attention."""
    model, encoded = tiny_causal("llama"), some_rows()
    padded = said_when_padded(model, encoded)
    ids = torch.tensor([[5, 9, 11, 4]])
    alone = model.generate(input_ids=ids, max_new_tokens=12, do_sample=False)
    with packed_rows(model, CPU, "fp32", by_token=True):
        again = model.generate(input_ids=ids, max_new_tokens=12, do_sample=False)
        assert torch.allclose(said_when_padded(model, encoded), padded, atol=1e-5)
        with packed_rows(model, CPU, "fp32") as inside:
            assert inside is None, "a caller who reads rows of (rows, width), inside of one who does not"
    assert torch.equal(alone, again)
    assert model.config._attn_implementation == "sdpa"
