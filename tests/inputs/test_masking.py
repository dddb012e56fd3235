"""Hidden tokens: as many as asked, whole words, and never what cannot be foreseen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from tunewright.inputs.masking import disturbed, fixed_choice, hidden_tokens

marks_of_rows = some.lists(some.integers(0, 2), min_size=1, max_size=60).map(np.array)


def draw(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(marks_of_rows, some.floats(0.05, 0.9), some.booleans(), some.integers(0, 9))
def test_no_special_token_is_hidden_and_some_token_is(marks, share, whole, seed):
    """Danger: a hidden [SEP] or padding is learned; a row without a hidden token has no loss."""
    hidden = hidden_tokens(marks, share, draw(seed), whole)
    assert not hidden[marks == 0].any()
    assert hidden.any() == (marks > 0).any()
    if not whole:
        assert hidden.sum() == (max(1, round(share * (marks > 0).sum())) if (marks > 0).any() else 0)


@given(marks_of_rows, some.integers(0, 9))
def test_words_are_hidden_whole(marks, seed):
    """Danger: half of a word stays and tells the other half."""
    hidden = hidden_tokens(marks, 0.3, draw(seed), whole_words=True)
    word = np.cumsum(marks == 1)
    for number in np.unique(word[marks > 0]):
        pieces = hidden[(word == number) & (marks > 0)]
        assert pieces.all() or not pieces.any()


def test_the_shares_are_those_of_bert():
    """Danger: 80, 10 and 10 percent in another order, or of all tokens instead of the hidden ones."""
    ids = np.full(100_000, 7)
    hidden = draw().random(len(ids)) < 0.5
    shown = disturbed(ids, hidden, 3, 1000, draw(1))
    assert (shown[~hidden] == 7).all()
    shares = [(shown[hidden] == 3).mean(), (shown[hidden] == 7).mean()]
    assert shares == pytest.approx([0.8, 0.1], abs=0.01)
    assert len(np.unique(shown[hidden])) > 900


def test_a_fixed_choice_depends_on_the_text_alone():
    """Danger: two models, or the same one in another batch, are measured on other tokens."""
    ids, marks = draw().integers(5, 900, 40), np.ones(40, dtype=np.int8)
    first = fixed_choice(ids.astype(np.int32), marks, 0.15)
    assert np.array_equal(first, fixed_choice(ids.astype(np.int64), marks.astype(np.int64), 0.15))
    assert not np.array_equal(first, fixed_choice(ids + 1, marks, 0.15))
