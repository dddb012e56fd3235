"""Lists that cells spell."""

from __future__ import annotations

import pytest

from tunewright.inputs.listed import listed


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
def test_both_spellings_are_read_and_nothing_is_run(cell: str, found: object) -> None:
    """Danger: what pandas writes into a csv is one text where what json.dumps writes is several; a text that begins
    with a bracket ends a run."""
    assert listed(cell) == found
