"""Bars made of letters."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tunewright.report.terminal.bar import Bar


def drawn(bar: Bar, ascii_only: bool = False) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=80)
    options = console.options.update()
    if ascii_only:
        options.encoding = "ascii"
    return "".join(s.text for s in console.render(bar, options)).strip()


@pytest.mark.parametrize(
    ("value", "expected"), [(100, "█" * 24), (50, "█" * 12), (51, "█" * 12 + "▎"), (0, ""), (0.001, "▏")]
)
def test_lengths(value, expected):
    """One row among thousands must still be seen, none must not."""
    assert drawn(Bar(value, 100)) == expected


def test_terminals_without_blocks():
    """A log in ASCII would stop with an encoding error."""
    assert drawn(Bar(50, 100), ascii_only=True) == "#" * 12
    assert drawn(Bar(0.001, 100), ascii_only=True) == "#"
    assert drawn(Bar(0, 100), ascii_only=True) == ""
    assert drawn(Bar(0, 0)) == ""
