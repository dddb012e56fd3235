"""The longest input of a model."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
import transformers
from tiny_models import FAMILIES, shared_model_folder, tiny_config
from torch import nn
from transformers import AutoModelForSequenceClassification

from tunewright.errors import RecipeError
from tunewright.models.limits import longest_input, positions_follow_padding
from tunewright.models.source import Source

UNLIMITED = int(1e30)
"""What tokenizers state that know no limit."""


def config(model_type: str = "bert", positions: int | None = 512) -> Any:
    made = SimpleNamespace(model_type=model_type, max_position_embeddings=positions)
    made.get_text_config = lambda: made
    return made


def tokenizer(stated: int = UNLIMITED) -> Any:
    return SimpleNamespace(model_max_length=stated)


def test_the_smaller_of_model_and_tokenizer() -> None:
    """Danger: rows longer than the position table, which end in an index error in the middle of a run."""
    assert longest_input(config(), tokenizer(256), None) == 256
    assert longest_input(config(positions=128), tokenizer(256), None) == 128
    assert longest_input(config(), tokenizer(), None) == 512
    assert longest_input(config(positions=None), tokenizer(), None) == 512
    assert longest_input(config(positions=None), tokenizer(300), None) == 300
    assert longest_input(config(positions=-1), tokenizer(300), None) == 300


@pytest.mark.parametrize("family", ["roberta", "xlm-roberta", "camembert", "mpnet", "roberta-prelayernorm", "xmod"])
def test_families_whose_positions_start_behind_the_padding(family: str) -> None:
    """Danger: RoBERTa states 514 positions and has 512: the first row of 513 tokens stops the run."""
    assert longest_input(config(family, 514), tokenizer(), None) == 512
    assert positions_follow_padding(config(family))


@pytest.mark.parametrize("family", ["bert", "distilbert", "deberta-v2", "modernbert", "llama"])
def test_families_whose_positions_start_at_zero(family: str) -> None:
    """Danger: two tokens given away in every long row."""
    assert longest_input(config(family, 512), tokenizer(), None) == 512
    assert not positions_follow_padding(config(family))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_model_reads_its_longest_input(family: str) -> None:
    """Danger: a limit that the model itself does not keep. Read here by the model."""
    source = Source(family, str(shared_model_folder(family)))
    tool = source.tokenizer()
    longest = longest_input(source.config(), SimpleNamespace(model_max_length=UNLIMITED), None)
    assert longest == (78 if positions_follow_padding(source.config()) else 80)
    ids = tool(" ".join(["good"] * 200), truncation=True, max_length=longest, return_tensors="pt")
    assert ids["input_ids"].shape == (1, longest)
    model: nn.Module = AutoModelForSequenceClassification.from_config(tiny_config(family)).eval()
    assert model(**ids).logits.isfinite().all()


LONG: dict[str, tuple[Any, int]] = {
    "modernbert": (transformers.ModernBertConfig(), 8192),
    "longformer": (transformers.LongformerConfig(max_position_embeddings=4098), 4096),
    "big_bird": (transformers.BigBirdConfig(), 4096),
    "longt5": (transformers.LongT5Config(), 4096),
    "led": (transformers.LEDConfig(), 16_384),
}


@pytest.mark.parametrize("family", LONG)
def test_models_with_long_attention_keep_their_own_maximum(family: str) -> None:
    """Danger: a model that was chosen because it reads 4,096 tokens is given 512."""
    made, longest = LONG[family]
    assert longest_input(made, tokenizer(), None) == min(longest, 8192)
    assert longest_input(made, tokenizer(), longest) == longest


@pytest.mark.parametrize("family", ["longformer", "big_bird"])
def test_long_attention_reads_to_its_end(family: str) -> None:
    """Danger: a limit that the model itself does not keep, and an index error in the middle of a run."""
    sizes = {"vocab_size": 50, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "pad_token_id": 0}
    made = {
        "longformer": transformers.LongformerConfig(**sizes, attention_window=8, max_position_embeddings=202),
        "big_bird": transformers.BigBirdConfig(**sizes, block_size=4, num_random_blocks=2, max_position_embeddings=200),
    }[family]
    longest = longest_input(made, tokenizer(), None)
    assert longest == 200
    model: nn.Module = AutoModelForSequenceClassification.from_config(made).eval()
    assert model(torch.full((1, longest), 7)).logits.isfinite().all()


def test_causal_models_that_state_100k() -> None:
    """Danger: a memory forecast, and a padded batch, for 131,072 tokens that nobody asked for."""
    assert longest_input(config("llama", 131_072), tokenizer(), None) == 8192
    assert longest_input(config("llama", 131_072), tokenizer(), 20_000) == 20_000


def test_the_recipes_wish_is_taken_up_to_the_models_positions() -> None:
    """Danger: a wish cut down in silence, or taken although the model cannot read it."""
    assert longest_input(config(), tokenizer(256), 400) == 400
    with pytest.raises(RecipeError) as caught:
        longest_input(config(), tokenizer(256), 513)
    (problem,) = caught.value.problems
    assert problem.where == "data.max_length"
    assert "513" in problem.what
    assert "4 to 512" in problem.hint
    with pytest.raises(RecipeError):
        longest_input(config("roberta", 514), tokenizer(), 513)
