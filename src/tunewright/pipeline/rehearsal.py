"""A first look at what only the model itself can refuse, before the run that stands in the folder is removed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from tunewright.inputs.batch import Draw
from tunewright.models.device import best_device
from tunewright.models.precision import choose_precision
from tunewright.pipeline.batches import batches
from tunewright.pipeline.fit import build_model
from tunewright.pipeline.prepare import Prepared
from tunewright.pipeline.whole_steps import whole_steps

__all__ = ["rehearse"]

_ROWS = 2


@torch.no_grad()
def rehearse(prepared: Prepared) -> None:
    """Load the weights, let the method mark what learns, and compute the loss of two rows. Nothing of it is kept.

    It costs the loading of the model once more, so it is done where there is something to lose.

    Raises:
        UserError: whatever training would raise before its first step: weights that are missing or no model's, nothing
            left to learn, class weights of labels that do not exist.
    """
    device = best_device()
    choose_precision(prepared.recipe.training.precision, device)
    if prepared.recipe.training.sharding == "full":  # the whole may not fit into one GPU
        device = torch.device("cpu")
    model, _, space = build_model(prepared, device)
    model.eval()
    task = prepared.parts.task
    some = np.arange(min(_ROWS, len(prepared.train.encoded)), dtype=np.int64)
    seed = prepared.recipe.training.seed
    batch = replace(batches(prepared, space, device, None)(some), draw=Draw(seed, some))
    if task.across:  # its loss wants the whole step
        step = whole_steps(prepared, space, device)
        step.loss_of(step.outputs_of(model, batch), step.targets_of(some))
    else:
        task.loss_of(model, batch, space)
