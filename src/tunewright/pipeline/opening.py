"""What may happen to a folder before a run writes into it."""

from __future__ import annotations

import shutil
from typing import Any

from tunewright.errors import Problem, RecipeError, UserError
from tunewright.recipe import Recipe
from tunewright.records import RunFolder

__all__ = ["open_folder", "resolved"]

# fields that may differ on resume: they leave every weight as it is
_FREE = {"output", "evaluation", "training.threads", "training.trackers", "training.keep_checkpoints",
         "training.checkpoint_every", "training.learning_rate"}  # fmt: skip


def resolved(recipe: Recipe, default: float) -> float:
    """The learning rate in force: the recipe's, or the method's default for this model, to three digits."""
    return recipe.training.learning_rate or float(f"{default:.3g}")


def open_folder(folder: RunFolder, recipe: Recipe, *, resume: bool, overwrite: bool) -> None:
    """Make sure that nothing is lost by writing into a folder.

    Raises:
        UserError: it holds a run (and neither resume nor overwrite was asked for), or files that are no run.
        RecipeError: the run to resume was begun with another recipe.
    """
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
    elif overwrite:
        for entry in folder.path.iterdir():
            if entry != folder.lock:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    else:
        state = "a finished run" if folder.finished else "a run that was not finished"
        raise UserError(
            f"The folder {folder.path} holds {state} already; nothing was changed.\n"
            "  Go on with it: --resume    Replace it: --overwrite    Keep both: output=runs/another"
        )


def _same_recipe(folder: RunFolder, recipe: Recipe) -> None:
    begun = _flat(Recipe.read(folder.recipe).model_dump(mode="json"))
    now = _flat(recipe.absolute().model_dump(mode="json"))
    problems = [
        Problem(field, f"is {now.get(field)!r}, and the run was begun with {begun.get(field)!r}")
        for field in sorted(begun.keys() | now.keys())
        if begun.get(field) != now.get(field) and not any(field == f or field.startswith(f"{f}.") for f in _FREE)
    ]
    if problems:
        raise RecipeError(
            f"{folder.path} cannot be resumed: its recipe has changed.",
            problems,
            "Resume with the recipe it began with, or train anew with output=runs/another",
        )


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        return {k: v for name, inner in value.items() for k, v in _flat(inner, f"{path}.{name}".lstrip(".")).items()}
    return {path: value}
