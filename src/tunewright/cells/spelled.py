"""What a text spells: a list or an object as JSON writes it, or as Python prints it."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from typing import Any

__all__ = ["listed", "spelled"]


def spelled(text: str, number: Callable[[str], Any] | None = None) -> Any:
    """The value that a cell spells; None for anything else, and for what is nested too deeply to be read.

    Args:
        text: the cell.
        number: makes the value of a JSON number from its digits; None reads it as Python does.
    """
    text = text.strip()
    try:
        return json.loads(text, parse_float=number, parse_int=number)
    except RecursionError:
        return None
    except ValueError:
        try:
            return ast.literal_eval(text)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):  # TypeError: a set in a set
            return None


def listed(text: str) -> list[Any] | None:
    """The list that a cell spells, since a file such as csv has none of its own; None for everything else."""
    found = spelled(text) if text.lstrip().startswith("[") else None
    return found if isinstance(found, list) else None
