"""Pretrained bodies as encoders of texts."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file
from tiny_models import FAMILIES, shared_model_folder
from transformers import T5Config

from tunewright.errors import UserError
from tunewright.models.encoder import bare_encoder, load_encoder, text_vectors
from tunewright.models.load_options import LoadOptions
from tunewright.models.source import Source, quiet_transformers

OPTIONS = LoadOptions(0, 0, attention_dropout=0.0)


def loaded(family: str):
    return load_encoder(Source(family, str(shared_model_folder(family))), OPTIONS).eval()


@pytest.mark.parametrize("family", FAMILIES)
def test_padding_does_not_show(family: str) -> None:
    """Danger: the mean is taken over padding too, so that a text's vector depends on its neighbours."""
    model = loaded(family)
    ids = torch.tensor([[2, 9, 10, 11, 3]])
    alone = text_vectors(model, {"input_ids": ids})
    padded = torch.cat([ids, torch.zeros(1, 4, dtype=torch.long)], dim=1)
    seen = (torch.arange(9) < 5).long()[None]
    among = text_vectors(model, {"input_ids": padded, "attention_mask": seen})
    assert alone.norm(dim=1).tolist() == pytest.approx([1.0], abs=1e-6)
    assert torch.allclose(alone, among, atol=1e-5)


@pytest.mark.parametrize("family", ["bert", "roberta", "xlm-roberta"])
def test_a_pooler_is_kept_and_never_learned(family: str, tmp_path) -> None:
    """Danger: weight decay wears off weights that no output reads, or the saved model lacks them and draws new ones."""
    model = loaded(family)
    names = [name for name, _ in model.named_parameters()]
    assert not any("pooler" in name for name in names)
    with quiet_transformers():
        model.save_pretrained(tmp_path)
    before = load_file(shared_model_folder(family) / "model.safetensors")
    after = load_file(tmp_path / "model.safetensors")
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_model_that_writes_is_refused(tmp_path) -> None:
    """Danger: vectors of a decoder that was given no text."""
    T5Config(d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2).save_pretrained(tmp_path)
    with pytest.raises(UserError, match="an encoder alone"):
        load_encoder(Source("t5", str(tmp_path)), OPTIONS)


def test_the_bare_model_counts_the_same_weights() -> None:
    """Danger: a forecast of another model than the one that trains."""
    whole = loaded("bert")
    bare = bare_encoder(whole.config)
    assert sum(p.numel() for p in bare.parameters()) == sum(p.numel() for p in whole.parameters())
