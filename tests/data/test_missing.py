"""Words that stand for a missing value."""

from __future__ import annotations

import pytest

from tunewright.data.missing import says_missing


@pytest.mark.parametrize("cell", ["NA", "n/a", "NaN", " null", "None", "-", "", None, ("NA",), ("", "null"), "<NA>"])
def test_said_or_left_out(cell):
    """What one program leaves empty another writes as a word."""
    assert says_missing(cell)


@pytest.mark.parametrize("cell", ["no", "none of them", "0", "南", ("NA", "x"), "không"])
def test_other_words_are_left_alone(cell):
    """A remark on every short text would be read by nobody."""
    assert not says_missing(cell)
