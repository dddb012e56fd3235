"""One text a row, from one column or several."""

from __future__ import annotations

import pytest
import torch
from tiny_models import tiny_tokenizer

from tunewright.inputs.text import TextInput


def test_columns_are_joined_in_the_order_of_the_recipe() -> None:
    """Danger: title and body exchanged, or run together into one word."""
    cells = {"body": ["long story"], "title": ["short"]}
    assert TextInput(text=("title", "body")).texts(cells) == ["short\nlong story"]
    assert TextInput(text=("body", "title")).texts(cells) == ["long story\nshort"]
    assert TextInput(text="body").columns == ("body",)
    assert TextInput(text=("title", "body")).columns == ("title", "body")


def test_a_column_without_text_adds_nothing() -> None:
    """Danger: a stray line break or the word `None` where a title is missing: a feature that means nothing."""
    cells = {"title": [None, "", "red"], "body": ["blue", "green", None]}
    assert TextInput(text=("title", "body")).texts(cells) == ["blue", "green", "red"]


def test_joined_columns_are_encoded_as_their_text() -> None:
    """Danger: columns encoded apart, with special tokens in between that the reader of `texts` does not see."""
    tool = tiny_tokenizer()
    joined = TextInput(text=("a", "b")).encode({"a": ["good film"], "b": ["not boring"]}, tool, 64)
    assert joined.ids.tolist() == tool("good film\nnot boring")["input_ids"]
    assert torch.equal(joined.collate([0])["token_type_ids"], torch.zeros(1, len(joined.ids), dtype=torch.int64))


def test_a_missing_column_is_an_error() -> None:
    """Danger: a column that is not there read as empty text."""
    with pytest.raises(KeyError):
        TextInput(text="nowhere").texts({"a": ["x"]})
