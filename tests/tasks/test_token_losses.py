"""Tokens are scored as transformers itself scores them."""

from __future__ import annotations

import pytest
import torch
from tiny_models import FAMILIES
from trial import Trial

from tunewright.tasks.token_losses import token_losses


@pytest.mark.parametrize("family", FAMILIES)
def test_scores_are_those_of_the_logits(family: str) -> None:
    """Danger: the head is left out, and what comes before it is taken for something else in some family."""
    bench = Trial(family, "full", "language_model" if family == "llama" else "masked")
    ids = bench.encoded.collate([0])["input_ids"]
    at = torch.zeros_like(ids, dtype=torch.bool)
    at[0, 1:4] = True
    loss, behind = token_losses(bench.model.eval(), {"input_ids": ids}, at, ids[at])
    known = bench.model(input_ids=ids).logits[at].log_softmax(-1)
    assert torch.allclose(loss, -known.gather(-1, ids[at][:, None])[:, 0], atol=1e-5)
    assert torch.allclose(behind, known.amax(-1) + loss, atol=1e-5)


def test_a_model_with_more_behind_its_head_is_scored_by_its_logits() -> None:
    """Danger: the short cut is taken where it gives other figures."""
    bench = Trial("llama", "full", "language_model")
    ids = bench.encoded.collate([0])["input_ids"]
    at = torch.ones_like(ids, dtype=torch.bool)
    short, _ = token_losses(bench.plain, {"input_ids": ids}, at, ids[at])
    bench.plain.config.logits_scaling = 2.0  # this family does not look at it: both ways give one figure
    long, _ = token_losses(bench.plain, {"input_ids": ids}, at, ids[at])
    assert torch.allclose(short, long, atol=1e-5)
