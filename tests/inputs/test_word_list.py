"""Words that are cut already."""

from __future__ import annotations

import numpy as np
from tiny_models import tiny_tokenizer

from tunewright.inputs.word_list import TokensInput

PART, TOOL = TokensInput(tokens="w"), tiny_tokenizer()


def test_lists_and_texts_go_together() -> None:
    """Danger: a finished model that reads only lists, and takes a text for one word."""
    cells = {"w": [("good", "film", "!"), "good film!", None]}
    assert PART.texts(cells) == ["good film !", "good film!", ""]
    rows = PART.encode(cells, TOOL, 64, words=True)
    assert rows.words.of(0).tolist() == [[0, 4], [5, 9], [10, 11]]
    assert rows.words.of(1).tolist() == [[0, 4], [5, 9], [9, 10]]
    assert rows.words.given


def test_other_tasks_read_the_joined_text() -> None:
    """Danger: classify on lists of words that reads nothing."""
    plain = PART.encode({"w": [("good", "film")]}, TOOL, 64)
    assert plain.words is None
    assert plain.ids.tolist() == TOOL("good film")["input_ids"]


def test_a_word_of_the_data_is_never_cut_in_two() -> None:
    """Danger: `BRCA1-deficient` is one word of the data; cut at its hyphen it has three tags instead of one."""
    rows = PART.encode({"w": [("ab12-cd", "x")]}, TOOL, 64, words=True)
    first = rows.words.first
    assert first[first >= 0].tolist() == [0, 1]
    assert np.array_equal(rows.words.of(0), [[0, 7], [8, 9]])
