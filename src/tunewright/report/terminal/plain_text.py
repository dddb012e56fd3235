"""Renders for a pipe or a file: no escape codes, no line folded, no path cut."""

from __future__ import annotations

import io

from rich.console import Console, RenderableType

__all__ = ["plain_text"]

_WIDE = 4096
"""Wider than any path the system allows, so that nothing is folded; tables take only what they need."""


def plain_text(renderable: RenderableType) -> str:
    """The renderable as text for programs: what stands on one line stays there, for grep and for copying paths."""
    stream = io.StringIO()
    console = Console(file=stream, width=_WIDE, color_system=None, force_terminal=False, legacy_windows=False)
    console.print(renderable)
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())
