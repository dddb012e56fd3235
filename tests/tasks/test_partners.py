"""Vectors of pairs, and who stands where."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from tiny_models import tiny_tokenizer

from tunewright.inputs.text_pair import TextPairInput
from tunewright.tasks.partners import Partners, cosines, text_numbers

PART = TextPairInput(text="a", pair="b")


def unit(rows: int, seed: int = 0) -> np.ndarray:
    found = np.random.default_rng(seed).normal(size=(rows, 4))
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def slow_rank(partners: Partners, row: int) -> float:
    """One row at a time, in words: who is nearer than the right one, each text once, right ones of the same text
    aside."""
    first, second = partners.numbers[:, 0], partners.numbers[:, 1]
    right = set(second[first == first[row]].tolist())
    mine = float(partners.first[row] @ partners.second[row])
    others = {
        int(number): float(partners.first[row] @ partners.second[place])
        for place, number in enumerate(second)
        if int(number) not in right
    }
    return 1 + sum(s > mine for s in others.values()) + 0.5 * sum(s == mine for s in others.values())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=9))
def test_ranks_agree_with_counting(pairs: list[tuple[int, int]]) -> None:
    """Danger: a text that stands in several rows counts twice, or is in its own way."""
    numbers = np.array(pairs, dtype=np.int64)
    partners = Partners(numbers, unit(5)[numbers[:, 0]], unit(5, 1)[numbers[:, 1]])
    wanted = [slow_rank(partners, row) for row in range(len(partners))]
    assert partners.ranks == pytest.approx(wanted)
    thin = Partners(numbers, sparse.csr_array(partners.first), sparse.csr_array(partners.second))
    assert thin.ranks == pytest.approx(wanted)
    assert cosines(thin.first, thin.second) == pytest.approx(partners.cosines)


def test_some_rows_keep_their_ranks_among_all() -> None:
    """Danger: the worst rows of a report are ranked among themselves, and look good."""
    numbers = np.arange(12).reshape(6, 2)
    partners = Partners(numbers, unit(6), unit(6, 1))
    some = np.array([4, 1])
    assert partners[some].ranks.tolist() == partners.ranks[some].tolist()
    assert len(partners[some]) == 2


def test_equal_texts_have_equal_numbers_in_any_file() -> None:
    """Danger: the same question in two rows is taken for two, and its own answer for a wrong one."""
    tool = tiny_tokenizer()
    cells = {"a": ["good film", "bad film", "good film"], "b": ["the end", "good film", "a scene"]}
    whole = text_numbers(PART.encode(cells, tool, 32, apart=True))
    assert whole.shape == (3, 2)
    assert whole[0, 0] == whole[2, 0] == whole[1, 1]
    assert len(np.unique(whole)) == 4
    alone = text_numbers(PART.encode({name: column[1:] for name, column in cells.items()}, tool, 32, apart=True))
    assert (alone == whole[1:]).all()
