"""The audit's words: a count that agrees with its verb, a harm, and something to type."""

from __future__ import annotations

import pytest

from tunewright.data import findings
from tunewright.data.findings import MOST_PLACES, finding, rows
from tunewright.records import Place


@pytest.mark.parametrize("code", sorted(findings._WORDS))
def test_every_code_has_a_sentence_a_harm_and_a_way_out(code):
    """`1 rows have` looks careless, and a finding without a way out only frightens."""
    one = finding(code, "warning", [Place(file="a.csv", line=2)])
    many = finding(code, "warning", [], count=1234)
    assert len(one.harm) > 20 and one.advice
    alone, together = one.title.split(), many.title.split()
    changed = [(here, there) for here, there in zip(alone, together, strict=True) if here != there]
    verbs = {"has": "have", "is": "are", "carries": "carry"}
    assert changed[0] == ("1", "1,234") and changed[1] in (("row", "rows"), ("file", "files"))
    assert len(changed) == 3 and verbs.get(changed[2][0], changed[2][0].removesuffix("s")) == changed[2][1]


@pytest.mark.parametrize("code", sorted(findings.ROW_FAULTS))
def test_nobody_is_told_to_type_what_is_typed_already(code):
    """Rows at fault are warnings once they are skipped; the same advice again says that skipping had no effect."""
    assert "or type data.on_bad_row=skip" in finding(code, "error", []).advice
    skipped = finding(code, "warning", []).advice
    assert "or type" not in skipped.replace("or type data.quoting", "") and "Left out" in skipped


def test_places_are_cut_and_counted():
    """All are counted, the first ones are shown."""
    places = [Place(file="a.csv", line=line) for line in range(100)]
    found = finding("ragged", "error", places, advice="Do this.", harm="That happens.")
    assert (found.count, len(found.places), found.advice, found.harm) == (100, MOST_PLACES, "Do this.", "That happens.")
    assert found.severity == "error" and found.code == "ragged"


def test_counts():
    """Thousands are separated."""
    assert [rows(0), rows(1), rows(2000, "file")] == ["0 rows", "1 row", "2,000 files"]
