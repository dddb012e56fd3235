"""Bins of a histogram."""

from __future__ import annotations

import pytest

from tunewright.report.bins import is_beyond, whole_numbers


def test_the_upper_border_belongs_to_the_next() -> None:
    """Danger: one row counted by its reader in two bins."""
    assert [whole_numbers(5, 6), whole_numbers(160, 192), whole_numbers(1000, 2000)] == [
        "5",
        "160 to 191",
        "1,000 to 1,999",
    ]


@pytest.mark.parametrize(
    ("low", "high", "limit", "whole", "beyond"),
    [
        (6, 7, 6, True, False),
        (6, 8, 6, True, True),
        (7, 8, 6, True, True),
        (5, 6, 6, True, False),
        (10.0, 11.0, 10.0, False, True),
        (9.0, 10.0, 10.0, False, False),
        (9.0, 10.0, None, False, False),
    ],
)
def test_what_is_read_whole_is_not_beyond(
    low: float, high: float, limit: float | None, whole: bool, beyond: bool
) -> None:
    """Danger: rows that are read whole are drawn as if their ends were lost; sounds of 10 to 11 seconds as if not."""
    assert is_beyond(low, high, limit, whole) is beyond
