"""Findings on a terminal."""

from __future__ import annotations

from tunewright.records import Finding, Place
from tunewright.report.terminal.findings_view import findings_view
from tunewright.report.terminal.plain_text import plain_text


def _finding(severity: str, count: int, places: int = 0, title: str = "Rows are odd") -> Finding:
    where = tuple(Place(file="a.csv", line=line) for line in range(1, places + 1))
    return Finding(code="odd", severity=severity, title=title, count=count, places=where, harm="Harm.", advice="Mend.")


def test_errors_come_first_and_places_are_counted():
    """What stops the training must not stand below twenty notes, and a list that is cut must say so."""
    text = plain_text(findings_view([_finding("info", 9, 9), _finding("error", 30, 20, "Rows are broken")]))
    lines = [line.strip() for line in text.splitlines()]
    assert lines[0] == "Error: Rows are broken"
    assert "a.csv:5" in lines and "a.csv:6" not in lines
    assert "… and 25 more" in lines and "… and 7 more" in lines
    assert lines[-1] == "1 error, 1 note."


def test_two_of_a_kind_are_plural():
    """`2 warning` looks careless."""
    assert "2 warnings." in plain_text(findings_view([_finding("warning", 1), _finding("warning", 1)]))


def test_nothing_found_is_said():
    """An empty screen could mean that nobody looked."""
    assert "Nothing was found" in plain_text(findings_view([]))


def test_what_a_user_wrote_is_no_markup():
    """A label `[red]` must stand there as it is."""
    assert "[red]x[/]" in plain_text(findings_view([_finding("info", 1, title="Label [red]x[/]")]))
