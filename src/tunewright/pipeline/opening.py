"""What may happen to a folder before a run writes into it."""

from __future__ import annotations

import shutil
from pathlib import Path

from tunewright.errors import Problem, RecipeError, UserError
from tunewright.pipeline.differences import differing
from tunewright.recipe import Recipe
from tunewright.records import RunFolder
from tunewright.records.checkpoint import sweep

__all__ = ["clear_folder", "open_folder", "resolved"]

# fields that may differ on resume: they leave every weight as it is, up to the order of a sum
_FREE = {"output", "evaluation", "training.threads", "training.trackers", "training.keep_checkpoints",
         "training.checkpoint_every", "training.token_budget", "training.gradient_checkpointing"}  # fmt: skip


def resolved(recipe: Recipe, default: float, begun: RunFolder | None = None) -> float:
    """The learning rate in force: the recipe's, or that of the run to go on with, or the method's default for this
    model, to three digits."""
    written = recipe if begun is None or recipe.training.learning_rate else Recipe.read(begun.recipe)
    return written.training.learning_rate or float(f"{default:.3g}")


def open_folder(folder: RunFolder, recipe: Recipe, *, resume: bool, overwrite: bool) -> None:
    """Make sure that nothing would be lost by writing into a folder. Changes nothing.

    Raises:
        UserError: it holds a run (and neither resume nor overwrite was asked for), files that are no run, or it is
            itself a file.
        RecipeError: the run to resume was begun with another recipe.
    """
    _refuse_file(folder.path)
    if not folder.path.is_dir():
        return
    if not folder.recipe.is_file():
        others = [p.name for p in folder.path.iterdir() if not p.name.startswith((".lock", ".tmp-"))]
        strange = [name for name in others if name not in ("audit.json", "provenance.json")]
        if strange:
            raise UserError(
                f"The folder {folder.path} holds files that are no run: {', '.join(sorted(strange)[:5])}.\n"
                "  Nothing was changed. Give the run a folder of its own: output=runs/another"
            )
        return
    if resume:
        _same_recipe(folder, recipe)
    elif not overwrite:
        state = "a finished run" if folder.finished else "a run that was not finished"
        raise UserError(
            f"The folder {folder.path} holds {state} already; nothing was changed.\n"
            "  Go on with it: --resume    Replace it: --overwrite    Keep both: output=runs/another"
        )


def clear_folder(folder: RunFolder, *, overwrite: bool) -> None:
    """Take away what a killed process left half done, and the run itself where it is to be replaced.

    The recipe goes last: what is left of a run after a kill in here still says that it is one.
    """
    for place in (folder.path, folder.evaluation("quality").parent):
        sweep(place)
    if overwrite:
        entries = [entry for entry in folder.path.iterdir() if entry not in (folder.lock, folder.recipe)]
        for entry in (*entries, folder.recipe):
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink(missing_ok=True)


def _refuse_file(path: Path) -> None:
    for place in (path, *path.parents):
        if place.exists():
            if not place.is_dir():
                raise UserError(f"The run cannot be written to {path}: {place} is a file.\n  Type: output=runs/another")
            return


def _same_recipe(folder: RunFolder, recipe: Recipe) -> None:
    free = _FREE
    if recipe.training.learning_rate is None:  # the run's own page holds the method's default
        free = free | {"training.learning_rate"}
    problems = [
        Problem(field, f"is {now!r}, and the run was begun with {begun!r}")
        for field, begun, now in differing(Recipe.read(folder.recipe), recipe.absolute(), free)
    ]
    if problems:
        raise RecipeError(
            f"{folder.path} cannot be resumed: its recipe has changed.",
            problems,
            f"Go on with: tunewright train {folder.recipe} --resume\n  Or train anew with output=runs/another",
        )
