"""tunewright demo"""

from __future__ import annotations

import argparse
from pathlib import Path

from tunewright import samples
from tunewright.cli.output import talk
from tunewright.cli.train import train_and_show
from tunewright.recipe import Recipe
from tunewright.records import write_text

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """Write the demo's recipe to runs/demo.yaml and train it; an earlier demo is replaced."""
    path = write_text(Path("runs") / "demo.yaml", samples.demo_recipe())
    talk().print(f"The recipe of this demo: {path}", soft_wrap=True)
    recipe = Recipe.read(path, options.overrides)
    return train_and_show(recipe, resume=False, overwrite=True, as_json=options.json)
