"""Makes text that a user wrote safe to show: on a page, in a card, on a terminal."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["cut", "visible"]

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def visible(text: object, lines: bool = False) -> str:
    """The text with everything that steers a display made visible.

    An escape character in a label could recolour or overwrite a terminal, a bidirectional override could show a file's
    name backwards. C0 controls become their pictures (U+2400..), all others U+FFFD.

    Args:
        lines: keep line breaks and tabs; otherwise they become spaces.
    """

    def shown(match: re.Match[str]) -> str:
        character = match[0]
        if character in "\n\t":
            return character if lines else " "
        if character in "\u2028\u2029":
            return "\n" if lines else " "
        code = ord(character)
        return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"

    whole = str(text).replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub(shown, whole)


def cut(text: object, limit: int) -> str:
    """At most about `limit` characters, an ellipsis where something was left out; no accent is torn from its letter."""
    whole = str(text)
    if len(whole) <= limit:
        return whole
    end = limit - 1
    while end < min(len(whole), limit + 8) and unicodedata.combining(whole[end]):
        end += 1
    return whole[:end].rstrip() + "…"
