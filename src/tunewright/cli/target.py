"""What the arguments RECIPE and RUN name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tunewright.errors import UserError
from tunewright.recipe import Recipe

__all__ = ["read_recipe", "run_path"]


def read_recipe(page: str | Path, overrides: Sequence[str] = ()) -> Recipe:
    """The recipe of a page; an `output` of null is the folder named after the page, as if it were left out."""
    recipe = Recipe.read(page, overrides)
    return recipe if recipe.output else recipe.changed(output=f"runs/{Path(page).stem}")


def run_path(target: str) -> Path:
    """The folder of a run, given the folder itself or the recipe it came from.

    Raises:
        UserError: neither.
    """
    path = Path(target)
    if path.is_dir():
        return path
    if path.suffix in (".yaml", ".yml") and path.is_file():
        return Path(str(read_recipe(path).output))
    known = sorted(str(p.parent) for p in Path("runs").glob("*/recipe.yaml"))
    hint = f" Runs here: {', '.join(known[:8])}." if known else ""
    raise UserError(f"There is no run {target}.{hint}\n  Make one with: tunewright train RECIPE")
