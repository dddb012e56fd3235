"""A tokenizer beside a model that it was not made for."""

from __future__ import annotations

import pytest
from tiny_models import FAMILIES, shared_model_folder, tiny_config, tiny_tokenizer
from transformers import CanineConfig

from tunewright.errors import UserError
from tunewright.models.source import Source
from tunewright.models.vocabulary import refuse_foreign_tokenizer


@pytest.mark.parametrize("family", FAMILIES)
def test_a_models_own_tokenizer_passes(family: str) -> None:
    """Danger: a check that refuses what works."""
    source = Source("m", str(shared_model_folder(family)))
    refuse_foreign_tokenizer(source.config(), source.tokenizer(), 159, "m")


def test_ids_beyond_the_table_are_refused() -> None:
    """Danger: an IndexError in the middle of an epoch, or on a GPU an assert that names nothing."""
    largest = len(tiny_tokenizer()) - 1
    with pytest.raises(UserError, match=rf"tokenizer of mine belongs to another model: it has ids up to {largest}, "):
        refuse_foreign_tokenizer(tiny_config("bert", vocab_size=100), tiny_tokenizer(), 50, "mine")
    with pytest.raises(UserError, match="ids up to 160"):
        refuse_foreign_tokenizer(tiny_config("bert"), tiny_tokenizer(), 160, "mine")


def test_added_tokens_that_no_row_uses_do_no_harm() -> None:
    """Danger: published models with a spare token or two refused for nothing; a padding token beyond passed over."""
    tokenizer = tiny_tokenizer()
    size = len(tokenizer)
    tokenizer.add_tokens([f"<spare{n}>" for n in range(4)])
    config = tiny_config("bert", vocab_size=size)
    refuse_foreign_tokenizer(config, tokenizer, size - 1, "mine")
    tokenizer.pad_token = "<spare3>"
    with pytest.raises(UserError, match=f"ids up to {size + 3}"):
        refuse_foreign_tokenizer(config, tokenizer, size - 1, "mine")


def test_a_model_without_a_vocabulary_is_not_asked() -> None:
    """Danger: a family that reads characters crashes on a check that is not about it."""
    refuse_foreign_tokenizer(CanineConfig(), tiny_tokenizer(), 10**6, "mine")
