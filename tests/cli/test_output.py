"""Results go to standard output, talk to standard error, and neither is decorated for a program."""

from __future__ import annotations

import io
import json
import re
import sys

from rich.table import Table

from tunewright.cli.output import print_json, show, talk


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def wide_table() -> Table:
    table = Table("path", "value")
    table.add_row("/a/very/long/path/" + "x" * 120, "1")
    return table


def test_a_pipe_gets_whole_lines_without_codes(capsys):
    """A path that is folded cannot be copied, nor found by grep."""
    show(wide_table())
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "x" * 120 in out


def test_a_terminal_gets_the_layout(monkeypatch):
    """There the width is what the window has."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm-256color")
    show(wide_table())
    shown = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())
    assert max(map(len, shown.splitlines())) == 60


def test_talk_goes_to_standard_error_unfolded(capsys):
    """Standard output stays the result's own."""
    talk().print("note " * 60)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 1


def test_talk_leaves_words_as_they_are(capsys):
    """`:warning:` in a file's name is no picture, and a number no decoration."""
    talk().print("data:warning:12", markup=False)
    assert capsys.readouterr().err == "data:warning:12\n"


def test_json_is_one_object_with_its_characters(capsys):
    """Readable for people too."""
    print_json({"label": "退款", "n": 1})
    out = capsys.readouterr().out
    assert json.loads(out) == {"label": "退款", "n": 1}
    assert "退款" in out
