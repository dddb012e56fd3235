"""Markup that cannot be broken out of."""

from __future__ import annotations

from tunewright.report.html import Html, given, join, tag


def test_text_and_attributes_are_escaped(hostile):
    """One unescaped label is a script in a colleague's browser."""
    for text in hostile:
        made = tag("p", text, title=text)
        assert made.count("<") == 2
        assert made.count(">") == 2
        assert made.count('"') == 2


def test_markup_is_not_escaped_twice():
    """`&amp;lt;` on a page is garbage."""
    assert tag("p", tag("b", "a < b")) == "<p><b>a &lt; b</b></p>"
    assert isinstance(join(["<", Html("<br>")]), Html)
    assert join(["<", Html("<br>"), None, ["x", ("y",)]]) == "&lt;<br>xy"


def test_attributes():
    """Presentation attributes and aria names are written with hyphens, flags stand alone, absent ones are left out."""
    made = tag("rect", class_="a", fill_opacity="0.5", x=1.0, y=2.25, hidden=True, title=None, open=False)
    assert made == '<rect class="a" fill-opacity="0.5" x="1" y="2.2" hidden/>'
    assert tag("meta", name="a", charset="utf-8") == '<meta name="a" charset="utf-8">'
    assert tag("rect", tag("title", "t")) == "<rect><title>t</title></rect>"


def test_what_users_wrote_keeps_its_direction():
    """Arabic or an unfinished override in a label must not turn the sentence around it."""
    assert given("a\u202eb" + "c" * 200, 5) == "<bdi>a\ufffdbc…</bdi>"
