"""Weights that lift rare classes.

The weight of the batch stays its number of samples, not the sum of the class weights as in
`torch.nn.CrossEntropyLoss(reduction="mean")`: then every sample counts the same in every step it may fall in, and the
expected gradient is that of the weighted loss over all rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

from tunewright.errors import Problem, RecipeError, near_miss

__all__ = ["ClassWeights", "class_weights"]

ClassWeights = Literal["balanced"] | dict[str, Annotated[float, Field(gt=0.0)]] | None


def class_weights(given: ClassWeights, names: Sequence[str], counts: Sequence[int]) -> Tensor | None:
    """(outputs,) fp32 weights, or None for equal ones.

    `balanced` is rows / (classes * rows of the class), as in scikit-learn: over the training rows it averages 1. Labels
    that a mapping leaves out weigh 1.

    Raises:
        RecipeError: a label of the mapping does not exist.
    """
    if given is None:
        return None
    if given == "balanced":
        present = [count for count in counts if count > 0]
        total, classes = sum(present), len(present)
        return torch.tensor([total / (classes * count) if count else 0.0 for count in counts], dtype=torch.float32)
    assert isinstance(given, Mapping)
    problems = [
        Problem(
            f"task.loss.class_weights.{label}",
            "is not a label of the training rows",
            near_miss(label, names) or f"Labels: {', '.join(names[:20])}",
        )
        for label in given
        if label not in names
    ]
    if problems:
        raise RecipeError("The class weights cannot be used.", problems)
    return torch.tensor([given.get(name, 1.0) for name in names], dtype=torch.float32)
