"""Text of users made safe to show."""

from __future__ import annotations

import pytest

from tunewright.report.plain import cut, visible


def test_a_terminal_cannot_be_steered():
    """An escape sequence in a label could clear the screen or fake a line of output."""
    assert visible("\x1b[2Jred\x07\x00\x7f\x9b") == "␛[2Jred␇␀␡\ufffd"


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u2069", "\ud800", "\uffff"])
def test_direction_overrides_and_broken_characters_show(mark):
    """`exe.png` can be shown for `gnp.exe`; a lone surrogate would stop the file from being written at all."""
    assert visible(f"a{mark}b") == "a\ufffdb"
    assert visible(f"a{mark}b").encode("utf-8")


def test_lines_are_kept_only_when_asked():
    """A line break in a label would break a table's row on the terminal and in a card."""
    assert visible("a\r\nb\tc\u2028d") == "a b c d"
    assert visible("a\r\nb\tc", lines=True) == "a\nb\tc"


@pytest.mark.parametrize("text", ["客户服务 / 退款", "Giao hàng chậm trễ", "naïve 👩‍👩‍👧", "مرحبا"])
def test_other_scripts_stay_as_they_are(text):
    """Safety must not cost a reader of Chinese or Vietnamese the text."""
    assert visible(text) == text


def test_cut_keeps_accents_on_their_letters():
    """A decomposed Vietnamese letter cut between base and accents reads as another word."""
    text = "tre\u0302\u0303 quá"
    assert cut(text, 4) == "tre\u0302\u0303…"
    assert cut("short", 5) == "short"
    assert cut("abc def", 5) == "abc…"
