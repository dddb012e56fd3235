"""Repeats and contradictions: counted once each, with the row they repeat."""

from __future__ import annotations

from tunewright.data.duplicates import find_repeats, label_variants


def test_exact_near_and_contradicting(made):
    """Which rows are counted is the number a user compares with their own."""
    table = made(
        text=["Hi", "Hi", "hi ", "Hi", "ＨＩ", "bye", "hi "],
        label=["a", "a", "a", "b", "a", "a", "a"],
    )
    found = find_repeats(table, ["text"], "label", "label")
    assert found.exact == [(1, 0), (6, 2)]
    assert found.near == [(2, 0), (4, 0)]
    assert found.conflicts == [(0, 3), (1, 3), (2, 3), (3, 0), (4, 3), (6, 3)]


def test_no_repeats(made):
    """Nothing found where nothing is."""
    found = find_repeats(made(text=["a", "b"], label=["x", "x"]), ["text"], "label", "label")
    assert (found.exact, found.near, found.conflicts) == ([], [], [])
    assert len(found.normal) == 2


def test_equal_targets_in_other_spellings_do_not_contradict(made):
    """`1` and `1.0` are one score, and labels in another order one set."""
    scores = find_repeats(made(text=["a", "a"], score=["1", "1.0"]), ["text"], "score", "number")
    assert (scores.exact, scores.conflicts) == ([(1, 0)], [])
    tags = find_repeats(made(text=["a", "a"], tags=[("x", "y"), ("y", "x")]), ["text"], "tags", "labels")
    assert (tags.exact, tags.conflicts) == ([(1, 0)], [])
    assert find_repeats(made(text=["a", "a"], s=["1", "2"]), ["text"], "s", "number").conflicts == [(0, 1), (1, 0)]


def test_pairs_repeat_only_together(made):
    """The same premise with another hypothesis is another row."""
    table = made(text=["p", "p", "p"], pair=["h", "g", "h"], label=["x", "x", "x"])
    assert find_repeats(table, ["text", "pair"], "label", "label").exact == [(2, 0)]


def test_label_variants():
    """`Spam` beside `spam` is a class of its own, and the frequent spelling is the one meant."""
    counts = {"spam": 9, "Spam": 1, " spam": 2, "ham": 3, "ＨＡＭ": 3}
    assert label_variants(counts) == {"Spam": "spam", " spam": "spam", "ＨＡＭ": "ham"}
    assert label_variants({"a": 1, "b": 1}) == {}
