"""Lists that a cell spells, since a file such as csv has none of its own."""

from __future__ import annotations

import ast
import json
from typing import Any

__all__ = ["listed"]


def listed(cell: str) -> list[Any] | None:
    """The list that a cell spells, as JSON writes it or as Python prints it; None for everything else.

    Here and not through `data`, a room on the same floor.
    """
    if not cell.lstrip().startswith("["):
        return None
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(cell.strip())
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue
        return found if isinstance(found, list) else None
    return None
