"""tunewright schema"""

from __future__ import annotations

import argparse

from tunewright.cli.output import print_json
from tunewright.recipe.schema import schema

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """Print the JSON Schema of a recipe."""
    print_json(schema())
    return 0
