"""ROUGE by its definition, for any script."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.metrics import rouge

TEXTS = st.text(alphabet="ab cd,山水", max_size=30)


def test_the_example_of_the_paper() -> None:
    """Danger: another figure under ROUGE's name. Lin (2004), section 3.1: 3 of 4 words in order, and 2 of 4."""
    reference = "police killed the gunman"
    each = rouge.each_row(["police kill the gunman", "the gunman kill police"], [reference] * 2)
    assert each[:, 0] == pytest.approx([3 / 4, 2 / 4])
    assert each[:, 1] == pytest.approx([3 / 4, 3 / 4])
    assert each[:, 2] == pytest.approx([1 / 3, 1 / 3])


def test_chinese_counts_by_character() -> None:
    """Danger: what the usual package says of Chinese, which is 0 for everything."""
    each = rouge.each_row(["我喜欢吃苹果。", "Ông ấy đi"], ["我喜欢苹果", "ông ấy"])
    assert each[0] == pytest.approx([10 / 11, 10 / 11, 6 / 9])
    assert each[1, 1] == pytest.approx(4 / 5)


def slow_sequence(a: list[str], b: list[str]) -> int:
    table = np.zeros((len(a) + 1, len(b) + 1), dtype=int)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            table[i + 1, j + 1] = table[i, j] + 1 if x == y else max(table[i, j + 1], table[i + 1, j])
    return int(table[-1, -1])


@given(TEXTS, TEXTS)
def test_the_longest_sequence_by_bits_is_the_one_by_table(answer: str, reference: str) -> None:
    """Danger: a trick with bits that is right on most texts."""
    ours, true = rouge.words(answer), rouge.words(reference)
    common = slow_sequence(ours, true)
    wanted = 2 * common / (len(ours) + len(true)) if common else 0.0
    each = rouge.each_row([answer], [reference])[0]
    assert each[0] == pytest.approx(wanted)
    assert each.min() >= 0.0 and each[0] <= each[1] + 1e-12 <= 1.0 + 1e-9


def test_rows_are_weighted() -> None:
    """Danger: an interval that comes from the rows as they are."""
    each = rouge.each_row(["a b", "c"], ["a b", "d"])
    values = rouge.values(each, np.array([[1, 1], [1, 0], [1, 3]]))
    assert values["rougeL"].tolist() == [0.5, 1.0, 0.25]
