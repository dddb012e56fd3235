"""The page's building blocks."""

from __future__ import annotations

import pytest

from tunewright.report.block import Column, badge, facts, figure, folded, grid, note, table
from tunewright.report.html import tag


def test_a_table_can_be_read_aloud():
    """A screen reader needs caption and headings, a keyboard must reach a table that scrolls."""
    made = table("Caption <1>", [Column("Name"), Column("Rows", figures=True)], [("a<b", "12")], "narrow")
    assert "<caption>Caption &lt;1&gt;</caption>" in made
    assert '<th scope="col" class="num">Rows</th>' in made
    assert '<th scope="row">a&lt;b</th><td class="num">12</td>' in made
    assert made.startswith('<div class="scroll" tabindex="0" role="region" aria-label="Caption &lt;1&gt;">')


def test_a_row_that_does_not_fit_is_an_error():
    """A cell too few would put every figure under the wrong heading."""
    with pytest.raises(ValueError, match="shorter"):
        table("c", [Column("a"), Column("b")], [("1",)])


def test_the_rest():
    """Absent facts are left out, a legend appears only where there are keys."""
    assert facts([("a", 1), ("b", None)]) == '<dl class="facts"><div><dt>a</dt><dd>1</dd></div></dl>'
    assert "keys" not in figure(tag("svg"), "caption")
    assert '<i class="key raw"></i>each step' in figure(tag("svg"), "caption", ("raw", "each step"))
    assert folded("more", tag("p")) == "<details><summary>more</summary><p></p></details>"
    assert grid("a", None) == '<div class="grid">a</div>'
    assert note("<") == '<p class="quiet">&lt;</p>'
    assert badge("Error", "bad") == '<span class="badge bad">Error</span>'
