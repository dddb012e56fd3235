"""What the names in a recipe stand for: samples, files, models."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tunewright import samples
from tunewright.errors import MissingExtraError, UserError
from tunewright.models.source import Source
from tunewright.recipe import Recipe
from tunewright.recipe.recipe import expand

__all__ = ["data_locator", "model_source"]

_SAMPLE = "sample://"


def model_source(recipe: Recipe) -> Source:
    """The pretrained model that a recipe names.

    Raises:
        UserError: a sample or a folder that does not exist.
    """
    name = expand(recipe.model)
    if name == "sample://minilm":
        try:
            return Source(name, str(samples.minilm()))
        except MissingExtraError:
            return _from_hub_cache(name)
    if name.startswith(_SAMPLE):
        if samples.locate(name).is_dir():
            return Source(name, str(samples.locate(name)))
        raise UserError(f"model: {name} is data, and a model is wanted here.\n  The sample model is sample://minilm")
    if name.startswith((".", "/", "~")) or (recipe.folder_of_page and (recipe.folder_of_page / name).is_dir()):
        return Source(recipe.model, str(recipe.locate(name)))
    return Source(recipe.model, name)


def _from_hub_cache(name: str) -> Source:
    """The sample from the hub, where the package is not installed; the missing package is the error to show if not."""
    source = Source(name, samples.HUB_ID)
    try:
        source.config()
    except Exception:
        samples.minilm()
        raise
    return source


def data_locator(recipe: Recipe) -> Callable[[str], Path]:
    """Turns a path of the recipe's data section into a file or folder that exists."""

    def locate(name: str) -> Path:
        return samples.locate(name) if name.startswith(_SAMPLE) else recipe.locate(name)

    return locate
