"""Builds markup that cannot be broken out of: whatever is not `Html` already is escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Final

from tunewright.report.plain import cut, visible

__all__ = ["Html", "given", "join", "tag"]

_VOID: Final = frozenset({"meta", "link", "br", "hr", "col", "img"})
_SELF_CLOSING: Final = frozenset({"rect", "line", "path", "circle"})


class Html(str):
    """Markup made by `tag`; never construct it from text that a user could have written."""

    __slots__ = ()


def tag(name: str, /, *children: object, **attributes: object) -> Html:
    """One element.

    Args:
        children: `Html` stays as it is, None is left out, lists and tuples are unfolded, all else becomes escaped text.
        attributes: `class_` is `class`, other underscores are hyphens; None and False are left out, True stands alone.
    """
    opening = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}"
    if name in _VOID:
        return Html(f"{opening}>")
    if name in _SELF_CLOSING and not children:
        return Html(f"{opening}/>")
    return Html(f"{opening}>{join(children)}</{name}>")


def join(parts: Iterable[object]) -> Html:
    """Several pieces one after the other, under the same rule as `tag`'s children."""
    return Html("".join(_piece(part) for part in parts))


def given(text: object, limit: int = 160) -> Html:
    """Text that a user wrote: cut, control characters made visible, its direction kept from its surroundings."""
    return tag("bdi", cut(visible(text), limit))


def _piece(part: object) -> str:
    if part is None:
        return ""
    if isinstance(part, Html):
        return part
    if isinstance(part, (list, tuple)):
        return join(part)
    return html.escape(visible(part, lines=True))


def _attribute(key: str, value: object) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    text = f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else visible(value)
    return f' {name}="{html.escape(text)}"'
