"""Output for pipes and files."""

from __future__ import annotations

from rich.console import Group
from rich.text import Text

from tunewright.report.terminal.layout import table
from tunewright.report.terminal.plain_text import plain_text


def test_nothing_is_folded_coloured_or_padded(monkeypatch):
    """Programs read this: an escape code or a folded path breaks them, whatever the terminal's variables say."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "20")
    made = table("File", "Rows", figures=("Rows",))
    path = "/srv/" + "x" * 300
    made.add_row(path, "12")
    text = plain_text(Group(Text("bold " * 40, style="bold red"), made))
    assert "\x1b" not in text
    assert f"{path}    12\n" in text
    assert ("bold " * 40).strip() + "\n" in text
    assert not any(line != line.rstrip() for line in text.splitlines())
