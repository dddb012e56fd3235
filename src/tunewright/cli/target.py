"""What a RUN argument names."""

from __future__ import annotations

from pathlib import Path

from tunewright.errors import UserError
from tunewright.recipe import Recipe

__all__ = ["run_path"]


def run_path(target: str) -> Path:
    """The folder of a run, given the folder itself or the recipe it came from.

    Raises:
        UserError: neither.
    """
    path = Path(target)
    if path.is_dir():
        return path
    if path.suffix in (".yaml", ".yml") and path.is_file():
        return Path(Recipe.read(path).output or "")
    known = sorted(str(p.parent) for p in Path("runs").glob("*/recipe.yaml"))
    hint = f" Runs here: {', '.join(known[:8])}." if known else ""
    raise UserError(f"There is no run {target}.{hint}\n  Make one with: tunewright train RECIPE")
