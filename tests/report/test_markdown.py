"""Markdown that a user's text cannot break out of."""

from __future__ import annotations

import pytest

from tunewright.report.markdown import code, fenced, given, table


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a_b *c*", r"a\_b \*c\*"),
        ("[x](javascript:1)", r"\[x\](javascript:1)"),
        ("a|b\nc", r"a\|b c"),
        ("<img onerror=x> &amp;", "&lt;img onerror=x&gt; &amp;amp;"),
        ("http://evil.example", r"http:\//evil.example"),
        ("WWW.evil.example", r"WWW\.evil.example"),
        ("mail a@b.c", r"mail a\@b.c"),
        ("$x$ ~~y~~ \\", r"\$x\$ \~\~y\~\~ \\"),
        ("7.1 points (+5.0 to +9.2)", "7.1 points (+5.0 to +9.2)"),
        ("客户", "客户"),
    ],
)
def test_text(text, expected):
    """Links, pictures and HTML made of a label would run on the hub's page; figures stay readable in the raw file."""
    assert given(text) == expected


def test_code():
    """A label with backticks must not end its own code."""
    assert code("plain") == "`plain`"
    assert code("a`b``c") == "``` a`b``c ```"
    assert code("") == "` `"
    assert fenced("x\n", "python") == "```python\nx\n```"


def test_table():
    """Figures stand right."""
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n| :-- | --: |\n| 1 | 2 |"
