"""Words of a text, and the tokens that begin them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.inputs.words import beginnings, joined, words_of


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in words_of(text).tolist()]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("BRCA1-deficient, in 2 cases.", ["BRCA", "1", "-", "deficient", ",", "in", "2", "cases", "."]),
        ("北京大学在北京", ["北", "京", "大", "学", "在", "北", "京"]),
        ("đái tháo đường", ["đái", "tháo", "đường"]),
        ("a\u0301o e", ["a\u0301o", "e"]),
        ("naïve_x", ["naïve", "_", "x"]),
        ("ใน", ["ใ", "น"]),
        ("🩺 ok", ["🩺", "ok"]),
        (" \n\t", []),
    ],
)
def test_words_of_many_scripts(text: str, words: list[str]) -> None:
    """Danger: an entity that begins inside a word can never be found; in Chinese a sentence would be one word."""
    assert cut(text) == words


@given(st.text())
def test_words_hold_every_visible_character_once(text: str) -> None:
    """Danger: a character that belongs to no word: what is labelled there is neither learned nor found."""
    spans = words_of(text).tolist()
    covered = [place for start, end in spans for place in range(start, end)]
    assert covered == sorted(set(covered))
    assert all(start < end for start, end in spans)
    missing = set(range(len(text))) - set(covered)
    assert all(text[place].isspace() for place in missing)


@given(st.lists(st.text(st.characters(exclude_categories=("Zs", "Zl", "Zp", "Cc", "Cs")), min_size=1), max_size=8))
def test_tokens_stand_in_the_text_where_they_are_said_to(tokens: list[str]) -> None:
    """Danger: offsets one off after the first gap, and every label on its neighbour."""
    text, spans = joined(tokens)
    assert [text[start:end] for start, end in spans.tolist()] == tokens
    assert "".join(text.split()) == "".join("".join(tokens).split())


def test_chinese_tokens_are_joined_without_spaces() -> None:
    """Danger: spaces that no Chinese text has, and that multilingual tokenizers read as words of their own."""
    assert joined(["我", "在", "北", "京", "。"])[0] == "我在北京。"
    assert joined(["我", "爱", "Python", "3", "。"])[0] == "我爱 Python 3 。"
    assert joined([])[0] == ""


def test_a_word_begins_with_its_first_token() -> None:
    """Danger: every sub-word counted as a word of its own."""
    words = np.array([[0, 4], [5, 12]], dtype=np.int32)
    tokens = np.array([[0, 0], [0, 2], [2, 4], [5, 9], [9, 12], [0, 0]])
    assert beginnings(words, [tokens])[0].tolist() == [-1, 0, -1, 1, -1, -1]


def test_a_window_that_starts_inside_a_word_does_not_begin_it() -> None:
    """Danger: at the seam of two windows, the end of a word is labelled as a word: an entity more."""
    words = np.array([[0, 4], [5, 12]], dtype=np.int32)
    first, second = np.array([[0, 2], [2, 4], [5, 9]]), np.array([[9, 12], [12, 13]])
    assert [found.tolist() for found in beginnings(words, [first, second])] == [[0, -1, 1], [-1, -1]]


def test_words_that_share_a_token() -> None:
    """Danger: a token for `...` is three words to us; two of them may not steal the next token."""
    words = np.array([[0, 1], [1, 2], [2, 3], [4, 6]], dtype=np.int32)
    assert beginnings(words, [np.array([[0, 3], [4, 6]])])[0].tolist() == [0, 3]


def test_bytes_of_one_character_begin_it_once() -> None:
    """Danger: byte-level tokens of one sign all say the same place."""
    words = np.array([[0, 1]], dtype=np.int32)
    assert beginnings(words, [np.array([[0, 1], [0, 1], [0, 1]])])[0].tolist() == [0, -1, -1]
