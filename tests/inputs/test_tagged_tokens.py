"""Tokens of texts whose words are known: windows that lose nothing, cuts that are counted."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import WORDS, tiny_tokenizer

from tunewright.errors import RecipeError
from tunewright.inputs.tagged_tokens import tokenize_words
from tunewright.inputs.text import TextInput
from tunewright.inputs.words import words_of

TOOL = tiny_tokenizer()
PART = TextInput(text="t")


def encoded(texts: list[str], limit: int = 12, overlap: int | None = None):
    return tokenize_words(texts, [words_of(t) for t in texts], TOOL, limit, overlap)


@given(st.lists(st.lists(st.sampled_from([*WORDS, "gooodish", "xyz"]), max_size=30), min_size=1, max_size=4))
@settings(deadline=None, max_examples=40)
def test_windows_see_every_word(rows: list[list[str]]) -> None:
    """Danger: a word that falls between two windows is in no answer."""
    texts = [" ".join(row) for row in rows]
    found = encoded(texts, 12, 4)
    assert found.tokens_lost == 0
    assert found.lengths.max() <= 12
    for row, words in enumerate(rows):
        tokens = found.tokens_of(np.flatnonzero(found.rows == row))
        first = found.words.first[tokens]
        assert set(first[first >= 0].tolist()) == set(range(len(words)))
        assert found.words.of(row).tolist() == words_of(texts[row]).tolist()


def test_windows_are_those_of_transformers() -> None:
    """Danger: whoever opens the model with plain transformers reads other windows than it was trained on."""
    text = "the film was good and " * 12
    found = encoded([text, "good"], 14, 4)
    peer = TOOL(text, truncation=True, max_length=14, stride=4, return_overflowing_tokens=True)["input_ids"]
    assert [found.collate([sample])["input_ids"][0].tolist() for sample in range(len(found) - 1)] == peer
    assert found.row_of.tolist() == [0] * len(peer) + [1]
    assert found.full_lengths.tolist() == [len(TOOL(text)["input_ids"]), 3]


def test_without_windows_the_rest_is_cut_and_counted() -> None:
    """Danger: peers cut in silence."""
    text = "the film was good and " * 12
    found, plain = encoded([text, "good"], 14), PART.encode({"t": [text, "good"]}, TOOL, 14)
    assert (len(found), found.row_of) == (2, None)
    assert found.tokens_lost == plain.tokens_lost > 0
    for sample in range(2):
        assert torch.equal(found.collate([sample])["input_ids"], plain.collate([sample])["input_ids"])


def test_rows_are_taken_with_all_their_windows() -> None:
    """Danger: half of a document's windows stay behind, and its entities with them."""
    texts = ["good " * 30, "film", "bad " * 40]
    found = encoded(texts, 12, 4)
    turned, straight = found.of_rows([2, 1]), encoded([texts[2], texts[1]], 12, 4)
    for name in ("ids", "offsets", "row_of", "full_lengths"):
        assert np.array_equal(getattr(turned, name), getattr(straight, name)), name
    for name in ("spans", "offsets", "first"):
        assert np.array_equal(getattr(turned.words, name), getattr(straight.words, name)), name
    few = found.take([1])
    assert few.rows.tolist() == [0]
    assert few.words.of(2).tolist() == words_of(texts[2]).tolist()


@pytest.mark.parametrize("overlap", [6, 40])
def test_windows_that_do_not_move_on_are_refused(overlap: int) -> None:
    """Danger: a window of 12 that shares 11 reads every row eleven times, for hours."""
    with pytest.raises(RecipeError, match=r"data\.overlap=5") as caught:
        encoded(["good"], 12, overlap)
    assert "would hardly move on" in str(caught.value)


def test_a_tokenizer_without_characters_is_refused() -> None:
    """Danger: labels laid on tokens by counting, which shifts at the first word of two tokens."""

    class Slow:
        is_fast = False

    with pytest.raises(RecipeError, match="does not say which characters"):
        tokenize_words(["good"], [words_of("good")], Slow(), 12, None)
