"""What a trained model's outputs mean, for tasks whose training leaves them without a unit."""

from __future__ import annotations

import numpy as np

from tunewright.evaluation import Split, infer
from tunewright.models.device import default_token_budget
from tunewright.models.precision import answer_precision
from tunewright.pipeline.fit import Fitted
from tunewright.pipeline.prepare import Prepared
from tunewright.tasks import Space

__all__ = ["calibrated_space"]

_FEWEST = 30
"""Validation rows below which a fit follows single rows; training rows are taken then."""
_MOST = 2_000
"""Rows that fix a line for good; more would only take time."""


def calibrated_space(fitted: Fitted, prepared: Prepared) -> Space:
    """The space of a trained model, with the unit of its outputs where training has left that open.

    Fitted to the rows that chose the best weights: on those that were learned, a model looks surer than it is.
    """
    task = prepared.parts.task
    if not task.calibrates:
        return fitted.space
    rows = _spread(_held_out(prepared))
    outputs = infer(
        fitted.model,
        rows.encoded,
        prepared.parts.inputs,
        device=fitted.device,
        precision=answer_precision(fitted.precision.name, True),
        token_budget=default_token_budget(fitted.device),
        task=task,
    )
    return task.calibrated(fitted.space, outputs, rows.truth)


def _held_out(prepared: Prepared) -> Split:
    split = prepared.validation
    return prepared.train if split is None or len(split) < _FEWEST else split


def _spread(split: Split) -> Split:
    """At most 2,000 rows, from the first to the last."""
    if len(split) <= _MOST:
        return split
    return split.take(np.linspace(0, len(split) - 1, _MOST).astype(np.int64))
