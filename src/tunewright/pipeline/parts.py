"""The parts of a recipe at work: how a row becomes what the model reads, and which parts go together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from tunewright.data.table import Cell
from tunewright.errors import Problem, RecipeError
from tunewright.inputs import Encoded, Input
from tunewright.inputs.input import Cells
from tunewright.methods import Method
from tunewright.models.limits import longest_input
from tunewright.recipe import Recipe
from tunewright.tasks import Task

__all__ = ["Parts", "refuse_misfit", "window_overlap"]


@dataclass(frozen=True)
class Parts:
    """The parts of a recipe under the types that the code works with."""

    inputs: Input
    task: Task
    method: Method

    @classmethod
    def of(cls, recipe: Recipe) -> Parts:
        """Take them from the recipe, whose validation has checked their families."""
        return cls(cast(Input, recipe.data.inputs), cast(Task, recipe.task), cast(Method, recipe.method))

    def answering(self, columns: Collection[str]) -> Parts:
        """The parts that answer rows of these columns: single texts, where a pair's second one is not among them and
        something can be said of the first."""
        alone = None if set(self.inputs.predict_columns) <= set(columns) else self.task.alone(self.inputs)
        return self if alone is None else replace(self, inputs=alone[0], task=alone[1])

    def longest(self, recipe: Recipe, config: Any, preprocessor: Any) -> int:
        """The longest row that the model is given: tokens, or patches or frames."""
        own = self.inputs.longest(preprocessor, recipe.data.max_length)
        return longest_input(config, preprocessor, recipe.data.max_length) if own is None else own

    def encode(
        self,
        cells: Cells,
        recipe: Recipe,
        tokenizer: Any,
        max_length: int,
        progress: Callable[[int, int], None] | None = None,
        targets: Sequence[Cell] | None = None,
    ) -> Encoded:
        """Rows as the model reads them, and with `targets` what it shall write, where the task writes."""
        overlap = window_overlap(recipe, max_length)
        return self.task.encoded(
            self.inputs, cells, tokenizer, max_length, overlap=overlap, progress=progress, targets=targets
        )


def window_overlap(recipe: Recipe, max_length: int) -> int | None:
    """Tokens that neighbouring windows of a long row share; None where long rows are cut or refused."""
    if recipe.data.on_long != "window":
        return None
    return max_length // 4 if recipe.data.overlap is None else recipe.data.overlap


def refuse_misfit(recipe: Recipe, parts: Parts) -> None:
    """Stop where task and input, or task and treatment of long rows, do not go together.

    Raises:
        RecipeError: with what to type instead.
    """
    task, problems = parts.task, []
    misfit = task.misfit(parts.inputs)
    if misfit is not None:
        problems.append(Problem("data.inputs", *misfit))
    if recipe.data.max_length is not None and not parts.inputs.counts_tokens:
        what = f"counts tokens, and {parts.inputs.kind} has none"
        fields = [name for name in type(parts.inputs).model_fields if name.startswith("max_")]
        hint = f"Its limit is data.inputs.{fields[0]}." if fields else "Its size is the model's own."
        problems.append(Problem("data.max_length", what, hint))
    if recipe.data.on_long == "window" and not task.in_windows:
        what = ""
        if not task.pools:
            what = f"is window, and nothing says how {task.kind} would make one answer of several"
        elif not parts.inputs.tells_words:
            what = f"is window, and {parts.inputs.kind} is no single text that could be read piece by piece"
        if what:
            problems.append(Problem("data.on_long", what, "Allowed here: cut, error."))
    if problems:
        raise RecipeError("The recipe cannot be used.", problems)
