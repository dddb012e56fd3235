"""The audit's record."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tunewright.records import Audit, Finding, Lengths, Place


def finding(severity: str) -> Finding:
    return Finding(code="ragged", severity=severity, title="1 row is ragged", count=1)


def lengths(**fields) -> Lengths:
    zero = dict.fromkeys(Lengths.model_fields, 0)
    return Lengths(**(zero | {"edges": (), "counts": ()} | fields))


def test_errors_are_those_that_stop_training():
    """A warning that stops a run, or an error that does not, is the worst the audit can do."""
    found = tuple(finding(severity) for severity in ("warning", "error", "info", "error"))
    audit = Audit(files=(), task="classify", inputs={"text": "t"}, target="y", splits=(), findings=found)
    assert audit.errors == (found[1], found[3])
    with pytest.raises(ValidationError):
        finding("fatal")


def test_the_share_that_is_cut_away():
    """A division by the rows instead of the tokens would hide the loss of long texts."""
    assert lengths(tokens=200, tokens_lost=50).share_lost == 0.25
    assert lengths().share_lost == 0.0


def test_a_place_is_written_as_editors_understand_it():
    """`file:line` is clickable."""
    assert str(Place(file="a.csv", line=12)) == "a.csv:12"
    assert str(Place(file="a.csv", line=12, note="7 cells instead of 3")) == "a.csv:12 (7 cells instead of 3)"
