"""Weights that no file had."""

from __future__ import annotations

import pytest
from tiny_models import shared_language_folder, shared_model_folder
from tiny_writers import untied_writer
from torch import nn
from trial import Trial

from tunewright.methods.lora import LoRA
from tunewright.models.new_weights import new_modules

TRANSFORM = ["cls.predictions.transform.LayerNorm", "cls.predictions.transform.dense"]


def learning(model: nn.Module) -> list[str]:
    return [name for name, parameter in model.named_parameters() if parameter.requires_grad]


def test_a_head_of_labels_is_new() -> None:
    """Danger: a head of random numbers that is frozen."""
    assert new_modules(Trial("bert").plain) == ["bert.pooler", "classifier"]


@pytest.mark.parametrize("method", ["lora", "adapter"])
def test_what_a_language_head_lacks_learns_beside_additions(method: str) -> None:
    """Danger: an encoder without a head for hidden words is adapted under a layer that stays noise for ever."""
    bench = Trial("bert", method, "masked", folder=shared_model_folder("bert"))
    assert new_modules(bench.plain)[: len(TRANSFORM)] == TRANSFORM or method == "lora"
    names = learning(bench.model)
    for module in ("dense", "LayerNorm"):
        assert any(f"transform.{module}" in name for name in names)
    # the word table is as old as the model, and is the head's too
    assert not any("decoder" in name or "word_embeddings" in name for name in names)


def test_a_language_head_that_was_there_stays() -> None:
    """Danger: the table of all words is trained in full beside small additions."""
    bench = Trial("bert", "lora", "masked", folder=shared_language_folder("bert"))
    assert new_modules(bench.plain) == []
    assert all("lora_" in name for name in learning(bench.model))


def test_an_untied_language_head_stays_under_lora() -> None:
    """Danger: mT5's head has weights of its own, 250,000 rows of them, which are no small addition."""
    names = learning(LoRA(rank=4).prepare(untied_writer(), 0))
    assert names and all("lora_" in name for name in names)
