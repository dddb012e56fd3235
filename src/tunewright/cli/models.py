"""tunewright models"""

from __future__ import annotations

import argparse
from dataclasses import asdict

from rich.table import Table

from tunewright.cli.output import print_json, show
from tunewright.errors import UserError, near_miss
from tunewright.recipe import catalog
from tunewright.recipe.starting_models import MANY, STARTING_MODELS, StartingModel

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """List base models to start from, by task and language."""
    tasks = catalog.kinds("task")
    if options.task and options.task not in tasks:
        hint = near_miss(options.task, tasks) or "See: tunewright parts task"
        raise UserError(f"--task: there is no task {options.task!r}. {hint}")
    found = [one for one in STARTING_MODELS if options.task in (None, *one.tasks) and _reads(one, options.language)]
    if options.json:
        print_json({"models": [asdict(one) | {"commercial": one.commercial} for one in found]})
        return 0
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("model", "parameters", "tokens", "licence", "languages", "for"):
        table.add_column(column, no_wrap=column == "model")
    for one in found:
        tokens = "" if one.tokens is None else f"{one.tokens:,}"
        languages = ", ".join(one.languages) or "any"
        table.add_row(
            one.id, f"{one.millions:,}M", tokens, one.terms, languages, f"{', '.join(one.tasks)}: {one.prefer}"
        )
    show(table)
    return 0


def _reads(model: StartingModel, language: str | None) -> bool:
    return language is None or not model.languages or bool({language, MANY} & set(model.languages))
