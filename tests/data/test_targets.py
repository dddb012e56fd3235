"""Targets: labels as written, numbers strictly, lists of labels by one rule a column."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.data.targets import label_separator, parse_label, parse_labels, parse_number


@pytest.mark.parametrize("label", ["007", "7", "1.0", "NA", "null", "nan", " x ", "是", "True"])
def test_a_label_is_what_is_written(label):
    """Other readers merge 007 with 7 and turn NA into a missing value."""
    assert parse_label(label) == label


@pytest.mark.parametrize(("cell", "reason"), [("", "no label"), (None, "no label"), (("a", "b"), "several labels")])
def test_what_is_no_label(cell, reason):
    """The empty label must not become a class."""
    with pytest.raises(ValueError, match=reason):
        parse_label(cell)


def test_a_list_of_one_is_a_label():
    """Many exports write a single label as a list of one."""
    assert parse_label(("spam",)) == "spam"


@pytest.mark.parametrize(
    ("cell", "labels"),
    [
        (("b", "a", "b"), ("b", "a")),
        ("b| a |b", ("b", "a")),
        ("a;b", ("a", "b")),
        ("a, b", ("a", "b")),
        ("New York, NY|b", ("New York, NY", "b")),
        ('["a", "b c"]', ("a", "b c")),
        ("['a', 'b']", ("a", "b")),
        ("[1, 2.50]", ("1", "2.50")),
        ("[not a list", ("[not a list",)),
        ("[{'a': 1}]", ("[{'a': 1}]",)),
        ("a;b;", ("a", "b")),
        ("", ()),
        (None, ()),
        ((), ()),
    ],
)
def test_labels_of_one_cell(cell, labels):
    """Each form in which several labels are found in public data."""
    assert parse_labels(cell) == labels


def test_one_separator_for_a_column():
    """By cell, `a, b` beside `a, b|c` would be two labels here and one there."""
    cells = ["a, b", "a, b|c", None, "d"]
    assert label_separator(cells) == "|"
    assert [parse_labels(cell, "|") for cell in cells] == [("a, b",), ("a, b", "c"), (), ("d",)]
    assert label_separator(["a", '["x", "y"]', ("p|q",)]) == ""
    assert parse_labels("a, b", "") == ("a, b",)


def test_a_list_with_an_empty_label_is_refused():
    """An empty label would be a class without a name."""
    with pytest.raises(ValueError, match="empty label"):
        parse_labels(("a", " "))


@pytest.mark.parametrize(
    ("text", "number"), [("3", 3.0), (" -2.5 ", -2.5), ("+.5", 0.5), ("1e5", 1e5), ("5.", 5.0), ("007", 7.0)]
)
def test_numbers(text, number):
    """The usual spellings of a number."""
    assert parse_number(text) == number


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("nan", "finite"),
        ("-inf", "finite"),
        ("Infinity", "finite"),
        ("1e999", "too large"),
        ("1_000", "not a number"),
        ("3,5", "write 3.5, not 3,5"),
        ("1,000", "decimal point"),
        ("80%", "percent"),
        ("five", "not a number"),
        ("٣", "not a number"),
        ("0x10", "not a number"),
        ("", "no number"),
        (None, "no number"),
        (("1", "2"), "several values"),
    ],
)
def test_what_is_no_number(cell, reason):
    """float() takes nan, which makes every weight nan, and 1_000; a decimal comma deserves a hint."""
    with pytest.raises(ValueError, match=reason):
        parse_number(cell)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_comes_back(value):
    """A number that Python writes must be read as the same number."""
    assert parse_number(repr(value)) == value


@given(st.lists(st.text(st.characters(exclude_characters="|;,[]", exclude_categories=["Cs", "Z", "C"]), min_size=1)))
def test_joined_labels_come_back(labels):
    """Labels written with a separator are the labels read."""
    kept = [label for label in dict.fromkeys(labels) if label.strip()]
    assert parse_labels("|".join(kept), "|") == tuple(label.strip() for label in kept)
