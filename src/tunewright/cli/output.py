"""Where text goes: results to standard output, talk to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console, RenderableType

from tunewright.report import plain_text

__all__ = ["print_json", "show", "talk"]


def show(renderable: RenderableType) -> None:
    """Print what a command was asked for: laid out for a terminal; elsewhere plain text, as wide as it needs to be."""
    if sys.stdout.isatty():
        Console(file=sys.stdout, highlight=False, emoji=False).print(renderable)
    else:
        sys.stdout.write(plain_text(renderable))


def talk() -> Console:
    """Console for progress and notes, on standard error."""
    return Console(file=sys.stderr, soft_wrap=not sys.stderr.isatty(), highlight=False, emoji=False)


def print_json(data: Mapping[str, Any]) -> None:
    """One JSON object on standard output."""
    print(json.dumps(data, ensure_ascii=False, indent=2))
