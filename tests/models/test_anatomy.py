"""Embeddings, layers and head of every family, found by shape."""

from __future__ import annotations

import copy
from typing import Any

import peft
import pytest
import torch
import transformers
from tiny_media import MediaTrial
from tiny_models import FAMILIES, tiny_config
from tiny_towers import shared_towers
from tiny_writers import WRITERS, shared_writer_folder
from torch import nn
from transformers import AutoModelForSeq2SeqLM

from tunewright.errors import UserError
from tunewright.models.anatomy import Anatomy, anatomy, final_linear, hidden_size, inner_model, input_embedding
from tunewright.models.head import bare_with_head
from tunewright.models.source import Source

EXPECTED = {
    "bert": Anatomy(
        ("bert.embeddings",), ("bert.encoder.layer.0", "bert.encoder.layer.1"), (),
        ("bert.pooler", "dropout", "classifier"),
    ),
    "roberta": Anatomy(
        ("roberta.embeddings",), ("roberta.encoder.layer.0", "roberta.encoder.layer.1"), (), ("classifier",)
    ),
    "distilbert": Anatomy(
        ("distilbert.embeddings",), ("distilbert.transformer.layer.0", "distilbert.transformer.layer.1"), (),
        ("pre_classifier", "classifier", "dropout"),
    ),
    "deberta-v2": Anatomy(
        ("deberta.embeddings", "deberta.encoder.rel_embeddings", "deberta.encoder.LayerNorm"),
        ("deberta.encoder.layer.0", "deberta.encoder.layer.1"), (), ("pooler", "classifier", "dropout"),
    ),
    "modernbert": Anatomy(
        ("model.embeddings",), ("model.layers.0", "model.layers.1"), ("model.final_norm",),
        ("head", "drop", "classifier"),
    ),
    "xlm-roberta": Anatomy(
        ("roberta.embeddings",), ("roberta.encoder.layer.0", "roberta.encoder.layer.1"), (), ("classifier",)
    ),
    "llama": Anatomy(("model.embed_tokens",), ("model.layers.0", "model.layers.1"), ("model.norm",), ("score",)),
}  # fmt: skip


def bare(config: Any, outputs: int = 3) -> Any:
    with torch.device("meta"):
        return bare_with_head(config, outputs)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_parts_of_every_family(family: str) -> None:
    """Danger: a head taken for a layer is frozen; embeddings taken for something else learn where they should not."""
    assert anatomy(bare(tiny_config(family))) == EXPECTED[family]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_parameter_belongs_to_one_part(family: str) -> None:
    """Danger: weights that no part claims: frozen with nothing, trained at no rate that was chosen."""
    model = bare(tiny_config(family))
    found = anatomy(model)
    parts = [*found.embeddings, *found.layers, *found.between, *found.head]
    for name, _ in model.named_parameters():
        assert sum(name.startswith(f"{part}.") for part in parts) == 1, name


@pytest.mark.parametrize("layers", [1, 3])
def test_layers_are_counted_from_the_input(layers: int) -> None:
    """Danger: layers sorted as text, where the tenth comes before the second."""
    found = anatomy(bare(tiny_config("bert", layers=layers)))
    assert found.layers == tuple(f"bert.encoder.layer.{index}" for index in range(layers))
    many = anatomy(bare(tiny_config("bert", layers=12)))
    assert many.layers[10:] == ("bert.encoder.layer.10", "bert.encoder.layer.11")


def test_position_tables_beside_the_words_are_embeddings() -> None:
    """Danger: GPT-2 keeps its positions beside its words; taken for a final norm they would learn under frozen
    layers."""
    config = transformers.GPT2Config(vocab_size=64, n_embd=16, n_layer=2, n_head=2, n_positions=32, pad_token_id=0)
    found = anatomy(bare(config))
    assert found.embeddings == ("transformer.wte", "transformer.wpe")
    assert found.between == ("transformer.ln_f",)


def test_a_convolution_between_layers_is_frozen_with_them() -> None:
    """Danger: DeBERTa's convolution behind the first layer, which learns while that layer is promised to stay."""
    config = tiny_config("deberta-v2")
    config.conv_kernel_size, config.conv_act = 3, "gelu"
    assert "deberta.encoder.conv" in anatomy(bare(config)).embeddings


def test_a_model_without_layers_is_refused() -> None:
    """Danger: freezing nothing, without a word."""

    class Flat(nn.Module):
        base_model_prefix = ""

        def __init__(self) -> None:
            super().__init__()
            self.words, self.out = nn.Embedding(8, 4), nn.Linear(4, 2)
            self.mixed = nn.ModuleList([nn.Linear(4, 4), nn.LayerNorm(4)])

        def get_input_embeddings(self) -> nn.Module:
            return self.words

    with pytest.raises(UserError, match="No stack of transformer layers was found in Flat; use method: full"):
        anatomy(Flat())


@pytest.mark.parametrize(
    ("family", "name"),
    [
        ("bert", "classifier"), ("roberta", "classifier.out_proj"), ("distilbert", "classifier"),
        ("deberta-v2", "classifier"), ("modernbert", "classifier"), ("xlm-roberta", "classifier.out_proj"),
        ("llama", "score"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("outputs", [1, 3, 32, 64])
def test_the_last_linear_layer(family: str, name: str, outputs: int) -> None:
    """Danger: a layer of the body that happens to be as wide as there are labels (here 32 and 64)."""
    found, linear = final_linear(bare(tiny_config(family), outputs), outputs)
    assert found == name
    assert linear.out_features == outputs


def test_a_head_of_another_size_is_refused() -> None:
    """Danger: rows of a body's matrix exchanged as if they were labels."""
    with pytest.raises(UserError, match="does not end in a linear layer of 7 outputs"):
        final_linear(bare(tiny_config("bert")), 7)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_width_of_hidden_states(family: str) -> None:
    """Danger: DistilBERT calls it `dim`; a default learning rate depends on it."""
    assert hidden_size(tiny_config(family)) == 32


def test_finding_parts_changes_nothing() -> None:
    """Danger: a look that registers or renames something in the model."""
    model = bare_with_head(tiny_config("bert"), 3)
    before = copy.deepcopy(model.state_dict())
    anatomy(model)
    assert model.state_dict().keys() == before.keys()


def test_the_model_inside_an_adapter_and_a_bare_one() -> None:
    model = bare_with_head(tiny_config("bert"), 2)
    assert inner_model(model) is model
    adapted = peft.get_peft_model(model, peft.LoraConfig(target_modules=["query"]))
    assert inner_model(adapted) is model


@pytest.mark.parametrize("family", WRITERS)
def test_a_model_that_writes_has_two_stacks(family: str) -> None:
    """Danger: LoRA beside the decoder alone, or the tied table of words taken for a new head and trained twice."""
    folder = shared_writer_folder(family)
    model = AutoModelForSeq2SeqLM.from_pretrained(folder)
    parts = anatomy(model)
    assert len(parts.layers) == 4 and parts.head == ()
    assert [("encoder" in name, "decoder" in name) for name in parts.layers] == [(True, False)] * 2 + [
        (False, True)
    ] * 2
    named = (*parts.embeddings, *parts.layers, *parts.between)
    inside = {id(p) for name in named for p in model.get_submodule(name).parameters()}
    assert inside == {id(p) for p in model.parameters()}, "a weight that no method knows of"


def test_what_stands_before_the_layers_of_pictures_and_sounds() -> None:
    """Danger: convolutions over samples taken for a part of the head, and trained where all but the head is frozen."""
    parts = anatomy(MediaTrial("wav2vec2").plain)
    assert parts.embeddings[:2] == ("wav2vec2.feature_extractor", "wav2vec2.feature_projection")
    assert parts.head == ("projector", "classifier")
    parts = anatomy(MediaTrial("whisper").plain)
    assert parts.head == ("projector", "classifier") and parts.layers[0] == "encoder.layers.0"
    assert input_embedding(MediaTrial("convnext").plain) is None


@pytest.mark.parametrize("family", ["clip", "siglip"])
def test_two_towers_are_counted_by_depth(family: str) -> None:
    """Danger: `freeze` with half of the layers would leave one tower as it was and train the other whole; a layer that
    brings a tower's vector to the common width, taken for a new head."""
    config = Source("towers", str(shared_towers(family))).joining("cross").config()
    config.vision_config.num_hidden_layers = 3
    found = anatomy(bare_with_head(config, 3))
    layers = [name.removeprefix(f"{family}.").replace(".encoder.layers", "") for name in found.layers]
    assert layers == ["vision_model.0", "text_model.0", "vision_model.1", "text_model.1", "vision_model.2"]
    assert found.head == ("fusion",)
    last = {"clip": "clip.text_projection", "siglip": "siglip.text_model.head"}[family]
    assert last in found.between
    assert all("embeddings" in name or "pre_layrnorm" in name for name in found.embeddings)
