"""Markdown that a user's text cannot break out of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tunewright.report.plain import cut, visible

__all__ = ["code", "fenced", "given", "table"]

_SPECIAL = re.compile(r"([\\`*_\[\]|~$])")
_LINKS = re.compile(r"(?i)(?<=:)(?=//)|(?<=\bwww)(?=\.)|(?=@)")
"""Places where a backslash keeps renderers from making links and mentions unasked."""


def given(text: object, limit: int = 160) -> str:
    """Text that a user wrote: one line, no markup, no HTML, no link made of it. Not for the start of a line."""
    flat = cut(visible(text), limit).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _LINKS.sub(r"\\", _SPECIAL.sub(r"\\\1", flat))


def code(text: object, limit: int = 160) -> str:
    """Text in typewriter letters, not for tables; the fence is longer than any run of backticks within."""
    flat = cut(visible(text), limit) or " "
    fence = "`" * (max((len(run) for run in re.findall("`+", flat)), default=0) + 1)
    return f"{fence} {flat} {fence}" if "`" in flat else f"{fence}{flat}{fence}"


def fenced(text: str, language: str) -> str:
    """A block of code of our own making."""
    return f"```{language}\n{text.strip()}\n```"


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first column is text and whose others are figures."""
    lines = [f"| {' | '.join(titles)} |", f"| {' | '.join([':--', *('--:' for _ in titles[1:])])} |"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)
