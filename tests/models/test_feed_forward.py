"""The feed-forward of every family, found by growing it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import transformers
from tiny_media import SOUND_FAMILIES, picture_config, sound_config
from tiny_models import FAMILIES, tiny_config
from tiny_writers import WRITERS, writer_config

from tunewright.errors import UserError
from tunewright.models.feed_forward import FeedForwards, feed_forwards, grow_configurations
from tunewright.models.head import bare_with_head

BERT = "bert.encoder.layer."
EXPECTED = {
    "bert": ({f"{BERT}{n}.intermediate.dense": 1 for n in (0, 1)}, [f"{BERT}{n}.output.dense" for n in (0, 1)]),
    "modernbert": ({f"model.layers.{n}.mlp.Wi": 2 for n in (0, 1)}, [f"model.layers.{n}.mlp.Wo" for n in (0, 1)]),
    "llama": (
        {f"model.layers.{n}.mlp.{part}_proj": 1 for n in (0, 1) for part in ("gate", "up")},
        [f"model.layers.{n}.mlp.down_proj" for n in (0, 1)],
    ),
}


def bare(config: Any) -> Any:
    with torch.device("meta"):
        return bare_with_head(config, 3)


def writer(family: str, **changes: Any) -> Any:
    config = writer_config(family, 90)
    for name, value in changes.items():
        setattr(config, name, value)
    with torch.device("meta"):
        return transformers.AutoModelForSeq2SeqLM.from_config(config)


@pytest.mark.parametrize("family", FAMILIES)
def test_of_every_family_that_reads(family: str) -> None:
    """Danger: a projection of the attention taken for the feed-forward, which has its shape; or one layer left out."""
    found = feed_forwards(bare(tiny_config(family)), 8)
    if family in EXPECTED:
        assert (found.into, found.out_of) == EXPECTED[family]
    assert len(found.out_of) == 2
    assert found.widths == {"hidden_dim" if family == "distilbert" else "intermediate_size": 64}
    assert not any("attention" in name or "attn" in name for name in (*found.into, *found.out_of))


@pytest.mark.parametrize("family", WRITERS)
def test_of_every_family_that_writes(family: str) -> None:
    """Danger: adapters in the decoder alone, and an encoder whose width in the configuration is not its own."""
    found = feed_forwards(writer(family), 8)
    sides = {side: [n for n in found.out_of if f"{side}." in n] for side in ("encoder", "decoder")}
    assert {side: len(names) for side, names in sides.items()} == {"encoder": 2, "decoder": 2}
    gated = family in ("t5", "mt5", "longt5")
    assert found.widths == ({"d_ff": 64} if gated else {"encoder_ffn_dim": 64, "decoder_ffn_dim": 64})
    assert len(found.into) == (8 if gated else 4)


def test_a_width_that_the_attention_has_too() -> None:
    """Danger: found by shape alone, the attention of T5, whose inner width is its own, would be taken instead."""
    config = writer_config("t5", 90)
    config.d_ff, config.d_kv = 32, 16  # the same as the model's width, and an attention that is wider inside
    with torch.device("meta"):
        model = transformers.AutoModelForSeq2SeqLM.from_config(config)
    found = feed_forwards(model, 8)
    assert all(".DenseReluDense.wi_" in name for name in found.into)
    assert all(name.endswith(".DenseReluDense.wo") for name in found.out_of)


@pytest.mark.parametrize("family", ["vit", "swin", "convnext", *SOUND_FAMILIES])
def test_of_pictures_and_sounds(family: str) -> None:
    """Danger: a half that is not loaded (Whisper's decoder) counted as if it were there; blocks without a stated width
    taken for something they are not."""
    model = bare((sound_config if family in SOUND_FAMILIES else picture_config)(family))
    if family in ("swin", "convnext"):
        with pytest.raises(UserError, match="no feed-forward of a stated width"):
            feed_forwards(model, 8)
        return
    found = feed_forwards(model, 8)
    assert (len(found.into), len(found.out_of)) == (2, 2)
    assert found.widths == {"encoder_ffn_dim" if family == "whisper" else "intermediate_size": 64}


def test_a_head_on_encoder_and_decoder_grows_both() -> None:
    """Danger: a classifier on T5 is taken as one stack; the other one would keep a width that its configuration does
    not say, and the saved model would not open."""
    found = feed_forwards(bare(writer_config("t5", 90)), 8)
    assert len(found.out_of) == 4


def test_experts_are_refused() -> None:
    """Danger: weights of many experts in one tensor, of which a part would grow."""
    config = transformers.MixtralConfig(
        vocab_size=90, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, num_local_experts=2, pad_token_id=0,
    )  # fmt: skip
    with pytest.raises(UserError, match="more than two linear layers"):
        feed_forwards(bare(config), 8)


def test_looking_draws_nothing() -> None:
    """Danger: an architecture that is built to be looked at takes random numbers from the run."""
    state = torch.get_rng_state()
    feed_forwards(bare(tiny_config("bert")), 8)
    assert torch.equal(torch.get_rng_state(), state)


def test_every_configuration_in_the_model_grows_once() -> None:
    """Danger: encoder and decoder of T5 hold copies of the configuration: one that is left behind is saved with the
    encoder alone, one that grows twice opens nothing."""
    model = writer("t5")
    grow_configurations(model, {"d_ff": 64}, 8)
    assert {model.config.d_ff, model.encoder.config.d_ff, model.decoder.config.d_ff} == {72}


def test_nothing_is_found_in_nothing() -> None:
    """Danger: lists that all results share."""
    FeedForwards().into["a"] = 1
    assert FeedForwards() == FeedForwards({}, [], {})
