"""The page and its reader: what a run shall do, validated in full before anything starts. Free of torch."""

from tunewright.recipe.filled import filled
from tunewright.recipe.part import Part, Section
from tunewright.recipe.recipe import Recipe
from tunewright.recipe.sections import Data, EarlyStopping, Training

__all__ = ["Data", "EarlyStopping", "Part", "Recipe", "Section", "Training", "filled"]
