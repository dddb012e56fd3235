"""Losses that look at a whole step: what the stepper is given for them, and where they cannot be had."""

from __future__ import annotations

import torch

from tunewright.errors import Problem, RecipeError
from tunewright.pipeline.batches import targets_of
from tunewright.pipeline.prepare import Prepared
from tunewright.tasks import Space
from tunewright.training.across import Across

__all__ = ["refuse_uncut", "whole_steps"]


def whole_steps(prepared: Prepared, space: Space, device: torch.device) -> Across:
    """A loss over whole steps, for the stepper."""
    task = prepared.parts.task
    return Across(
        outputs_of=lambda model, batch: task.outputs(model, batch.arguments),
        targets_of=targets_of(prepared, space, device),
        loss_of=lambda outputs, targets: task.compute_loss(outputs, targets, space),
    )


def refuse_uncut(prepared: Prepared) -> None:
    """Stop where a loss over whole steps cannot have them, or where a step has nothing to compare.

    Raises:
        RecipeError: with what to type instead.
    """
    task, training, problems = prepared.parts.task, prepared.recipe.training, []
    if not task.across:
        return
    if training.sharding == "full":
        what = f"is full, and the loss {task.loss.kind} looks at a whole step, which slices of weights cannot give it"
        problems.append(Problem("training.sharding", what, "Allowed: none. Several processes are no matter."))
    if training.batch_size < 2:
        what = f"is 1, and the loss {task.loss.kind} compares the samples of a step: alone a sample teaches nothing"
        problems.append(Problem("training.batch_size", what, "Write 16 or more: type training.batch_size=64"))
    if problems:
        raise RecipeError("The recipe cannot be used.", problems)
