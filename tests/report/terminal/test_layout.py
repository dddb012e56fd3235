"""How the terminal's tables look."""

from __future__ import annotations

import io

from rich.console import Console

from tunewright.report.terminal.layout import given, heading, quiet, table


def test_half_a_number_is_never_shown():
    """`12,345` cut to `12,3` is a wrong number without any sign of it."""
    made = table("Name", "Rows", "More", figures=("Rows", "More"))
    made.add_row("a name", "12,345,678", "98,765,432")
    stream = io.StringIO()
    Console(file=stream, width=24).print(made)
    last = stream.getvalue().splitlines()[-1]
    assert "…" in last
    assert all(word.endswith("…") or word in ("a", "name", "12,345,678", "98,765,432") for word in last.split())


def test_markup_of_users_is_text():
    """Rich would take `[red]` in a label as an instruction."""
    assert given("[red]x[/red]\x1b").plain == "[red]x[/red]␛"
    assert quiet("\x1b").plain == "␛"
    assert heading("Files").plain == "\nFiles"
