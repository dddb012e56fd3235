"""What prepares a picture and a text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_media import MediaTrial
from tiny_models import tiny_tokenizer
from transformers import AutoImageProcessor, AutoProcessor, AutoTokenizer

from tunewright.inputs.picture_text import PictureTextReader, filled
from tunewright.inputs.tokens import tokenize
from tunewright.models.source import quiet_transformers


def test_it_answers_for_the_tokenizer() -> None:
    """Danger: a limit of 0 tokens, or padding with another id than the tokenizer's, because pictures have neither."""
    reader = MediaTrial("clip").tokenizer
    assert isinstance(reader, PictureTextReader)
    assert (reader.pad_token_id, reader.model_max_length) == (0, 24)
    assert reader.vocab_size == reader.tokenizer.vocab_size
    assert reader.patches == 5, "of 8 pixels each in a picture of 16, and one for the whole"


@pytest.mark.parametrize("family", ["clip", "siglip"])
def test_both_are_saved_as_transformers_opens_them(family: str, tmp_path: Path) -> None:
    """Danger: a saved model that can read texts alone."""
    bench = MediaTrial(family)
    bench.plain.config.save_pretrained(tmp_path)
    with quiet_transformers():
        bench.tokenizer.save_pretrained(str(tmp_path))
        tokenizer, processor = AutoTokenizer.from_pretrained(tmp_path), AutoImageProcessor.from_pretrained(tmp_path)
        both = AutoProcessor.from_pretrained(tmp_path)
    assert tokenizer("good film")["input_ids"] == bench.tokenizer.tokenizer("good film")["input_ids"]
    assert type(processor).__name__.lower().startswith(family)
    assert type(both).__name__.lower().startswith(family)


def test_what_decides_the_rows_is_described() -> None:
    """Danger: rows that were filled up, opened from prepared data by a model that wants them bare."""
    clip, siglip = (MediaTrial(family).tokenizer.described() for family in ("clip", "siglip"))
    assert (clip["fills"], siglip["fills"]) == (False, True)


@pytest.mark.parametrize("side", ["right", "left"])
def test_texts_are_filled_up_where_the_tokenizer_pads(side: str) -> None:
    """Danger: filling on the wrong side, or over the text. The peer is transformers' own padding."""
    tokenizer = tiny_tokenizer(types=False)
    tokenizer.padding_side = side
    texts = ["good film", "", "the music was good and the story was not"]
    found = filled(tokenize(texts, None, tokenizer, 8), 8)
    peer = tokenizer(texts, truncation=True, max_length=8, padding="max_length", return_tensors="np")["input_ids"]
    assert np.array_equal(found.ids.reshape(3, 8), peer)
    assert found.full_lengths.tolist() == [4, 2, 11]
