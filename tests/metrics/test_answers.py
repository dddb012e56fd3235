"""Exact match and F1 as SQuAD's script has them."""

from __future__ import annotations

import re
import string
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.metrics.answers import normal_words, scored, values

PIECES = st.sampled_from(["the", "a", "An", "308", "points", "Points,", "New-York", "it's", "3.5%", "  ", "anthem"])
TEXTS = st.lists(PIECES, max_size=6).map(" ".join)


def squad_words(text: str) -> list[str]:
    """As in SQuAD's evaluate-v1.1.py, written down from its description: lower, punctuation, articles, white space."""
    lower = "".join(mark for mark in text.lower() if mark not in set(string.punctuation))
    return re.sub(r"\b(a|an|the)\b", " ", lower).split()


@given(found=TEXTS, right=st.lists(TEXTS.filter(lambda text: squad_words(text)), min_size=1, max_size=3))
def test_in_english_they_are_those_of_squad(found: str, right: list[str]) -> None:
    """Danger: figures that cannot be laid beside anybody else's."""
    best = 0.0
    for one in right:
        own, other = squad_words(found), squad_words(one)
        same = sum((Counter(own) & Counter(other)).values())
        if same:
            precision, recall = same / len(own), same / len(other)
            best = max(best, 2 * precision * recall / (precision + recall))
    got = scored([found], [right])
    assert got.f1[0] == pytest.approx(best)
    assert got.exact[0] == float(any(squad_words(found) == squad_words(one) for one in right))


def test_scripts_without_spaces_are_compared_by_character() -> None:
    """Danger: a Chinese answer is one word, and F1 is exact match."""
    assert normal_words("《泰坦尼克号》在 1912 年。") == ["泰", "坦", "尼", "克", "号", "在", "1912", "年"]
    assert scored(["北京市"], [["北京"]]).f1[0] == pytest.approx(0.8)
    assert normal_words("Đội  thủ, của") == ["đội", "thủ", "của"]


@pytest.mark.parametrize(
    ("found", "right", "f1", "answered"),
    [("", [], 1.0, 1.0), ("x", [], 0.0, 0.0), ("", ["x"], 0.0, 0.0), ("x", ["x"], 1.0, 1.0), ("", ["the"], 1.0, 0.0)],
)
def test_no_answer_is_right_only_where_there_is_none(found, right, f1, answered) -> None:
    """Danger: a model that never answers is right on questions that have an answer (SQuAD 2.0)."""
    got = scored([found], [right])
    assert (got.f1[0], got.exact[0], got.answered[0]) == (f1, f1, answered)


def test_rows_are_weighed() -> None:
    """Danger: an interval of other rows than the figure."""
    got = values(scored(["a b", "x"], [["b"], ["y"]]), np.array([[1, 1], [2, 0]]))
    assert got["f1"].tolist() == [0.5, 1.0]
    assert got["em"].tolist() == [0.5, 1.0]
