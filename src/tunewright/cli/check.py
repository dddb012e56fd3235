"""tunewright check"""

from __future__ import annotations

import argparse

from tunewright.cli.output import print_json, show
from tunewright.cli.progress import observer
from tunewright.pipeline import check
from tunewright.recipe import Recipe
from tunewright.report import audit_view

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """Print the audit; 2 when training would refuse the data."""
    recipe = Recipe.read(options.recipe, options.overrides)
    watcher = observer()
    try:
        audit = check(recipe, watcher)
    finally:
        watcher.close()
    if options.json:
        print_json(audit.model_dump(mode="json"))
    else:
        show(audit_view(audit))
    return 2 if audit.errors else 0
