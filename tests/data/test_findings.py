"""The audit's words: a count that agrees with its verb, a harm, and something to type."""

from __future__ import annotations

import string

import pytest

from tunewright.data import findings
from tunewright.data.findings import MOST_PLACES, finding, rows
from tunewright.records import Place


@pytest.mark.parametrize("code", sorted(findings._WORDS))
@pytest.mark.parametrize("count", [1, 1234])
def test_every_code_has_a_sentence_a_harm_and_a_way_out(code, count):
    """`1 rows have` looks careless, and a finding without a way out only frightens."""
    found = finding(code, "warning", [Place(file="a.csv", line=2)], count=count)
    number = "1 " if count == 1 else "1,234 "
    assert number in found.title
    assert not any(mark in found.title for mark in "{}")
    assert len(found.harm) > 20 and found.advice
    plural = {"have", "are", "hold", "open", "repeat", "carry", "start"}
    words = {word.strip(string.punctuation) for word in found.title.split()[:6]}
    assert bool(words & plural) == (count > 1)


def test_places_are_cut_and_counted():
    """All are counted, the first ones are shown."""
    places = [Place(file="a.csv", line=line) for line in range(100)]
    found = finding("ragged", "error", places, advice="Do this.", harm="That happens.")
    assert (found.count, len(found.places), found.advice, found.harm) == (100, MOST_PLACES, "Do this.", "That happens.")
    assert found.severity == "error" and found.code == "ragged"


def test_counts():
    """Thousands are separated."""
    assert [rows(0), rows(1), rows(2000, "file")] == ["0 rows", "1 row", "2,000 files"]
