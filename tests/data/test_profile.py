"""Profiles of columns: what they look like from outside."""

from __future__ import annotations

import pytest

from tunewright.data.profile import profile_of, words_of_name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("label_gold", ("label", "gold")),
        ("labelGold", ("label", "gold")),
        ("Sentence 1", ("sentence", "1")),
        ("sentence1", ("sentence", "1")),
        ("nhãn", ("nhãn",)),
        ("情感标签", ("情感标签",)),
        ("", ()),
    ],
)
def test_words_of_names(name, words):
    """One name in three spellings is one name."""
    assert words_of_name(name) == words


def test_texts_and_labels():
    """Length, variety and numbers."""
    text = profile_of("text", [f"a text of some length, number {n}" for n in range(50)])
    assert text.variety == 1.0 and text.length > 30 and not text.is_id and not text.lists
    label = profile_of("label", ["1", "0", "", None] * 20)
    assert (label.distinct, label.numeric, label.fractions, label.filled) == (2, 1.0, 0.0, 0.5)
    score = profile_of("score", [str(n / 3) for n in range(50)])
    assert score.numeric == 1.0 and score.fractions > 0.6
    assert profile_of("zh", ["很好吃"]).width == 6
    assert profile_of("zh", ["很好吃"]).length == 3, "a person who counts them finds three"


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("id", [str(n) for n in range(50)]),
        ("review_id", [f"r {n}" for n in range(50)]),
        ("n", [str(n * 3) for n in range(50)]),
        ("hash", [f"{n:08x}" for n in range(50)]),
        ("code", [f"A-{n}" for n in range(50)]),
    ],
)
def test_what_only_tells_rows_apart(name, cells):
    """An id as text input is learned by heart."""
    assert profile_of(name, cells).is_id


@pytest.mark.parametrize(
    ("cells", "lists"),
    [
        ([("a", "b"), ("a",)], True),
        (["a|b", "a", "b|c", "c"] * 5, True),
        (['["a", "b"]', '["a"]'] * 5, True),
        (["Dear sir, yes", "No, thanks", "Well, I see", "Now, go"], False),
        (["a", "b"], False),
        ([("a", " ")], True),
        (['["a", " "]'] * 5, False),
    ],
)
def test_columns_of_lists(cells, lists):
    """A comma in a sentence parts no labels."""
    assert profile_of("x", cells).lists is lists


def test_a_sorted_file_is_seen_whole():
    """The first 5,000 rows of a sorted file hold one label."""
    assert profile_of("label", ["neg"] * 6000 + ["pos"] * 6000).distinct == 2


def test_an_empty_column():
    """Nothing to divide by."""
    empty = profile_of("x", ["", None])
    assert (empty.filled, empty.distinct, empty.length) == (0.0, 0, 0.0)
    assert profile_of("x", []).filled == 0.0
