"""tunewright train"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

from tunewright.cli.output import print_json, show
from tunewright.cli.progress import observer
from tunewright.cli.records import run_records
from tunewright.cli.target import read_recipe
from tunewright.errors import UserError
from tunewright.pipeline import Run, train
from tunewright.pipeline.joined import joined
from tunewright.pipeline.launch import launch, speaks
from tunewright.pipeline.on_ray import train_on_ray
from tunewright.recipe import Recipe
from tunewright.report import summary

__all__ = ["run", "train_and_show"]


def run(options: argparse.Namespace) -> int:
    """Train a recipe and show what came out."""
    if options.processes < 1:
        raise UserError(f"--processes is {options.processes}; at least one process has to train.")
    modes = {"resume": options.resume, "overwrite": options.overwrite, "as_json": options.json}
    if options.on == "ray":
        recipe = read_recipe(options.recipe, options.overrides)
        return train_and_show(recipe, by=partial(train_on_ray, workers=options.processes), **modes)
    if options.processes > 1:
        read_recipe(options.recipe, options.overrides)  # its mistakes are told here, before anything is started
        return launch(_words(options), options.processes)
    with joined():
        return train_and_show(read_recipe(options.recipe, options.overrides), **modes)


def _words(options: argparse.Namespace) -> list[str]:
    """The command of one process."""
    asked = [f"--{name}" for name in ("resume", "overwrite", "json") if getattr(options, name)]
    return ["train", str(options.recipe), *options.overrides, *asked]


def train_and_show(
    recipe: Recipe, *, resume: bool, overwrite: bool, as_json: bool, by: Callable[..., Run] = train
) -> int:
    """Train with a bar, then print the summary, or the records as JSON."""
    watcher = observer()
    try:
        done = by(recipe, resume=resume, overwrite=overwrite, observer=watcher)
    finally:
        watcher.close()
    if not speaks():
        return 0
    if as_json:
        print_json(run_records(done.folder))
    else:
        show(summary(done.folder))
        print(f"Model:  {done.folder.model}")
    return 0
