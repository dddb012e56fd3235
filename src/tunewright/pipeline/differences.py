"""Where two recipes differ, field by field."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from tunewright.recipe import Recipe

__all__ = ["differing"]


def differing(first: Recipe, second: Recipe, free: Collection[str] = ()) -> list[tuple[str, Any, Any]]:
    """(dotted field, value in the first, value in the second), by name; a field only one of them has is None in the
    other.

    Args:
        first, second: the recipes.
        free: fields that may differ, with all that is below them.
    """
    one, other = _flat(first.model_dump(mode="json")), _flat(second.model_dump(mode="json"))
    return [
        (field, one.get(field), other.get(field))
        for field in sorted(one.keys() | other.keys())
        if one.get(field) != other.get(field) and not any(field == f or field.startswith(f"{f}.") for f in free)
    ]


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        return {k: v for name, inner in value.items() for k, v in _flat(inner, f"{path}.{name}".lstrip(".")).items()}
    return {path: value}
