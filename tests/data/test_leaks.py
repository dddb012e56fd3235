"""Leaks: every training row that is measured on is named with the row it gives away."""

from __future__ import annotations

from tunewright.data.leaks import find_leaks, group_keys, leak_finding


def test_rows_in_common():
    """The first place there is named; a missing key is like no other."""
    assert find_leaks(["a", "b", "a", None], {"validation": ["c", None], "test": ["a", "a", "c"]}) == [
        (0, "test", 0),
        (2, "test", 0),
    ]
    assert find_leaks(["a"], {}) == []


def test_groups(made):
    """Rows without a patient's number are not one patient."""
    assert group_keys(made(g=["p1", "", None, "p1"]), "g") == ["p1", None, None, "p1"]
    assert group_keys(made(g=["p1"]), None) == [None]


def test_what_is_said(made):
    """Kept leaks are worse than dropped ones, and the words must say so."""
    train, test = made(text=["a", "b"]), made(role="test", text=["b"])
    dropped = leak_finding([(1, "test", 0)], train, {"test": test}, "drop")
    assert dropped.title.startswith(
        "1 training row has an input that also stands in validation or test; it is left out"
    )
    assert [str(place) for place in dropped.places] == ["made.csv:3 (same input as made.csv:2)"]
    kept = leak_finding([(0, "test", 0), (1, "test", 0)], train, {"test": test}, "keep")
    assert kept.title.startswith("2 training rows have") and "on_leak=drop" in kept.advice
    assert kept.harm != dropped.harm and "too good" in kept.harm
    grouped = leak_finding([(0, "test", 0)], train, {"test": test}, "drop", group="patient")
    assert (grouped.code, dropped.code) == ("group_leak", "leak")
    assert "'patient'" in grouped.title and "same patient as" in grouped.places[0].note


def test_many_leaks_are_counted_and_twenty_shown(made):
    """A record of 100,000 places helps nobody."""
    train = made(text=["a"] * 50)
    found = leak_finding([(row, "test", 0) for row in range(50)], train, {"test": made(text=["a"])}, "drop")
    assert (found.count, len(found.places)) == (50, 20)
