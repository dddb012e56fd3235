"""Questions and contexts as tokens: places that hold, windows that lose nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import WORDS, bytes_tokenizer, tiny_tokenizer

from tunewright.errors import UnreadableRowsError
from tunewright.inputs.context_tokens import NOWHERE, tokenize_contexts, windows_of

TOOL = tiny_tokenizer()


def test_every_token_says_what_it_stands_for() -> None:
    """Danger: an offset into the question, or one that counts the space before a word."""
    encoded = tokenize_contexts([("the plot", " good  film")], TOOL, 20, None)
    assert encoded.words.spans.tolist() == [[1, 5], [7, 11]]
    assert encoded.words.first.tolist() == [NOWHERE, -1, -1, -1, 0, 1, -1]
    assert encoded.types.tolist() == [0, 0, 0, 0, 1, 1, 1]
    whole = tokenize_contexts([("a", "北京 ok")], bytes_tokenizer(), 20, None)
    assert whole.words.spans.tolist() == [[0, 1]] * 3 + [[1, 2]] * 3 + [[3, 3], [3, 4], [4, 5]]
    assert whole.words.first.tolist()[-5:-1] == [5, -1, 7, 8], "a space alone is no answer"


@settings(max_examples=60)
@given(
    question=st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join),
    context=st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join),
    limit=st.integers(12, 30),
    overlap=st.integers(0, 12),
)
def test_windows_are_those_of_transformers(question: str, context: str, limit: int, overlap: int) -> None:
    """Danger: a model that is handed over and run through plain transformers reads other windows than it learned."""
    encoded = tokenize_contexts([(question, context)], TOOL, limit, overlap)
    room = limit - len(TOOL([question], [""])["input_ids"][0])
    peer = TOOL(
        [question], [context], truncation="only_second", max_length=limit, stride=min(overlap, room // 2),
        return_overflowing_tokens=True,
    )  # fmt: skip
    assert [encoded.ids[a:b].tolist() for a, b in zip(encoded.offsets, encoded.offsets[1:], strict=False)] == (
        peer["input_ids"]
    )
    read = set(encoded.words.first[encoded.words.first >= 0].tolist())
    assert read == set(range(len(encoded.words.spans))), "every token of the context stands in some window"
    assert encoded.tokens_lost == 0


def test_cut_keeps_the_first_window_and_counts_the_rest() -> None:
    """Danger: the question is cut with the context, or what is lost is not said."""
    row = ("the plot", " ".join(["film"] * 20))
    encoded = tokenize_contexts([row], TOOL, 12, None)
    assert (len(encoded), encoded.lengths.tolist(), encoded.tokens_lost) == (1, [12], 13)
    assert TOOL.decode(encoded.ids).startswith("[CLS] the plot [SEP] film")


def test_questions_that_leave_no_room_are_named() -> None:
    """Danger: a question cut in silence, or a window that never moves on."""
    rows = [("good", "a film"), (" ".join(["the"] * 30), " ".join(["film"] * 5)), ("good", "a film")]
    with pytest.raises(UnreadableRowsError, match="row 2: has a question of 30 tokens") as caught:
        tokenize_contexts(rows, TOOL, 20, 4)
    assert [row for row, _ in caught.value.rows] == [1]
    assert len(tokenize_contexts(rows, TOOL, 64, 4)) == 3


@given(st.integers(0, 60), st.integers(1, 20), st.integers(0, 30))
def test_windows_cover_all_and_move_on(tokens: int, room: int, overlap: int) -> None:
    """Danger: a gap, or windows without end."""
    found = windows_of(tokens, room, overlap)
    assert sorted({place for start, end in found for place in range(start, end)}) == list(range(tokens))
    assert all(end - start <= room for start, end in found)
    assert len(found) <= max(1, tokens)
    assert windows_of(tokens, room, None) == [(0, min(tokens, room))]


def test_nothing_to_read_is_one_sample() -> None:
    """Danger: a row without a context shifts all rows behind it."""
    encoded = tokenize_contexts([("", ""), ("good", "film")], TOOL, 12, 2)
    assert len(encoded) == 2
    assert np.diff(encoded.words.offsets).tolist() == [0, 1]
