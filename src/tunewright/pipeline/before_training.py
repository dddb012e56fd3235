"""The model that the training begins with, and what it says of rows before the first step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import nn

from tunewright.evaluation import infer
from tunewright.inputs import Encoded
from tunewright.models.device import best_device, default_token_budget
from tunewright.models.load_options import LoadOptions
from tunewright.pipeline.prepare import Prepared
from tunewright.tasks import Space

__all__ = ["PRECISION", "first_model", "outputs_before"]

PRECISION = "fp32"
"""What is said before the training is computed in it, whatever the training computes in."""


def first_model(prepared: Prepared, space: Space) -> nn.Module:
    """The model that the training begins with, in evaluation mode: weights that its source does not have are drawn
    from the run's seed."""
    options = LoadOptions(prepared.tokenizer.pad_token_id, prepared.recipe.training.seed)
    return prepared.parts.task.model(prepared.source, space, options).eval()


def outputs_before(prepared: Prepared, rows: Sequence[Encoded]) -> list[NDArray[np.float32]]:
    """What that model puts out, for each of several sets of rows: as `infer` answers it, in fp32, without dropout."""
    device, parts = best_device(), prepared.parts
    model = first_model(prepared, prepared.space).to(device)
    budget = prepared.recipe.training.token_budget or default_token_budget(device)
    return [
        infer(model, each, parts.inputs, device=device, precision=PRECISION, token_budget=budget, task=parts.task)
        for each in rows
    ]
