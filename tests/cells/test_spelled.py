"""What texts spell."""

from __future__ import annotations

import pytest

from tunewright.cells.spelled import listed, spelled


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('["a", 1]', ["a", 1]),
        ("[('a', 1)]", [("a", 1)]),
        (" {'a': None}\n", {"a": None}),
        ("a text [1]", None),
        ("", None),
        ("[" * 100_000, None),
        ("[" * 100_000 + "]" * 100_000, None),
        ("open('x')", None),
        ("[{{0}}]", None),
        ("{[1]: 2}", None),
    ],
)
def test_json_and_what_python_prints_are_read_and_nothing_is_run(text: str, value: object) -> None:
    """Danger: one cell that is nested without end, or that no program can hold, stops the audit of a whole
    file with a traceback."""
    assert spelled(text) == value


def test_numbers_may_keep_their_digits() -> None:
    """Danger: the label 1e5 becomes 100000.0."""
    assert spelled("[1e5, 7.50]", str) == ["1e5", "7.50"]


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ('["a", null]', ["a", None]),
        (" ['it\\'s', \"b\"]\n", ["it's", "b"]),
        ("[]", []),
        ("[a note] and a text", None),
        ("['a'], ['b']", None),
        ('{"a": 1}', None),
        ("[{{0}}]", None),
        ("[" * 100_000, None),
        ("open('x')", None),
        ("", None),
    ],
)
def test_lists_are_read_and_nothing_else(cell: str, found: object) -> None:
    """Danger: what pandas writes into a csv is one text where what json.dumps writes is several; a text that begins
    with a bracket ends a run."""
    assert listed(cell) == found
