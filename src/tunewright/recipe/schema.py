"""The JSON Schema of the page, for editors that complete and check YAML while it is typed."""

from __future__ import annotations

from typing import Any

from tunewright.recipe.recipe import Recipe

__all__ = ["schema"]


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a recipe with every part of the catalogue, those of other packages included."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return dialect | Recipe.model_json_schema() | {"title": "tunewright recipe"}
