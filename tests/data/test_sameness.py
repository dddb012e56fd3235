"""Sameness: equal keys for equal rows, and for no others."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.data.sameness import exact_keys, normal_keys, normalised
from tunewright.data.table import Table


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Card  lost", " card lost\n"),
        ("ＡＢＣ１２", "abc12"),
        ("很好！", "很好!"),
        ("Tiếng Việt", unicodedata.normalize("NFD", "tiếng VIỆT")),
        ("STRASSE", "straße"),
        ("a\u00a0b\u3000c", "a b c"),
        ("ﬁne", "fine"),
    ],
)
def test_forms_that_a_reader_takes_for_the_same(one, other):
    """A copy in full-width signs or another Unicode form leaks as much as an exact one."""
    assert one != other and normalised(one) == normalised(other)


@pytest.mark.parametrize(("one", "other"), [("a b", "ab"), ("naive", "naïve"), ("1.0", "1"), ("a.", "a"), ("ma", "má")])
def test_what_stays_different(one, other):
    """Folding accents away would merge Vietnamese words of different meaning."""
    assert normalised(one) != normalised(other)


@given(st.text())
def test_normalising_twice_changes_nothing(text):
    """Otherwise two copies could be the same in one pass and different in the next."""
    assert normalised(normalised(text)) == normalised(text)


def test_cells_do_not_run_into_each_other(made):
    """`ab`+`c` and `a`+`bc` are different pairs of texts."""
    table = made(a=["ab", "a", "ab", ("a", "b"), ("ab",)], b=["c", "bc", "c", "c", "c"])
    keys = exact_keys(table, ["a", "b"])
    assert keys[0] == keys[2] == keys[4]  # a list of one is its one item
    assert len(set(keys)) == len(set(normal_keys(table, ["a", "b"]))) == 3


def test_null_and_empty_are_the_same(made):
    """An absent field and an empty one are both nothing."""
    assert len(set(exact_keys(made(a=["", None], b=["x", "x"]), ["a", "b"]))) == 1


@given(st.lists(st.tuples(st.text(), st.text()), min_size=2, max_size=6))
def test_keys_are_equal_exactly_when_cells_are(rows):
    """A hash over joined text would make collisions that anyone can write down."""
    table = Table(
        {"a": [a for a, _ in rows], "b": [b for _, b in rows]}, (), np.zeros(len(rows), np.int32), np.arange(len(rows))
    )
    keys = exact_keys(table, ["a", "b"])
    assert all((keys[i] == keys[j]) == (rows[i] == rows[j]) for i in range(len(rows)) for j in range(len(rows)))
