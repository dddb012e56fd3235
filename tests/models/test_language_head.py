"""Language models are opened whole, and see nothing that they shall foresee."""

from __future__ import annotations

import pytest
import torch
from tiny_models import FAMILIES, shared_language_folder, shared_model_folder

from tunewright.errors import UserError
from tunewright.models.language_head import bare_language_model, left_out, load_language_model, plain_head
from tunewright.models.load_options import LoadOptions
from tunewright.models.source import Source


def opened(family: str):
    auto_class = "AutoModelForCausalLM" if family == "llama" else "AutoModelForMaskedLM"
    source = Source(family, str(shared_language_folder(family)))
    return load_language_model(source, auto_class, LoadOptions(0, 0, dropout=0.0, attention_dropout=0.0)).eval()


@pytest.mark.parametrize("family", FAMILIES)
def test_the_head_is_what_stands_last(family: str) -> None:
    """Danger: a family that does something behind its last layer: its logits would be others than ours."""
    model = opened(family)
    ids = torch.arange(5, 17)[None]
    logits = model(input_ids=ids).logits
    head = plain_head(model)
    with left_out(head):
        hidden = model(input_ids=ids).logits
    assert torch.allclose(torch.nn.functional.linear(hidden, head.weight, head.bias), logits, atol=1e-6)
    assert torch.equal(model(input_ids=ids).logits, logits), "the head is not put back"


def test_a_scaled_head_is_taken_whole() -> None:
    """Danger: logits that are capped or scaled behind the head are measured without it."""
    model = opened("llama")
    model.config.logits_scaling = 8.0
    assert plain_head(model) is None


def test_a_causal_model_without_a_head_is_refused() -> None:
    """Danger: a head of noise is trained as if it had been there."""
    with pytest.raises(UserError, match="no head that puts out tokens"):
        load_language_model(
            Source("body", str(shared_model_folder("llama"))), "AutoModelForCausalLM",
            LoadOptions(0, 0),
        )  # fmt: skip


def test_an_encoder_is_no_causal_model() -> None:
    """Danger: BERT opens as a causal model, sees the next token, and reaches a perplexity of 1 by copying it."""
    with pytest.raises(UserError, match="both directions"):
        load_language_model(
            Source("bert", str(shared_language_folder("bert"))), "AutoModelForCausalLM",
            LoadOptions(0, 0),
        )  # fmt: skip


def test_the_bare_model_has_the_same_weights() -> None:
    """Danger: the forecast counts another model."""
    model = opened("bert")
    with torch.device("meta"):
        bare = bare_language_model(model.config, "AutoModelForMaskedLM")
    assert {n: p.shape for n, p in bare.named_parameters()} == {n: p.shape for n, p in model.named_parameters()}
