"""tunewright train"""

from __future__ import annotations

import argparse

from tunewright.cli.output import print_json, show
from tunewright.cli.progress import observer
from tunewright.cli.records import run_records
from tunewright.cli.target import read_recipe
from tunewright.pipeline import train
from tunewright.recipe import Recipe
from tunewright.report import summary

__all__ = ["run", "train_and_show"]


def run(options: argparse.Namespace) -> int:
    """Train a recipe and show what came out."""
    recipe = read_recipe(options.recipe, options.overrides)
    return train_and_show(recipe, resume=options.resume, overwrite=options.overwrite, as_json=options.json)


def train_and_show(recipe: Recipe, *, resume: bool, overwrite: bool, as_json: bool) -> int:
    """Train with a bar, then print the summary, or the records as JSON."""
    watcher = observer()
    try:
        done = train(recipe, resume=resume, overwrite=overwrite, observer=watcher)
    finally:
        watcher.close()
    if as_json:
        print_json(run_records(done.folder))
    else:
        show(summary(done.folder))
        print(f"Model:  {done.folder.model}")
    return 0
