"""What each row has to learn, as the Trainer's own collators take it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunewright.pipeline.prepare import Prepared
from tunewright.tasks.next_token import NextToken

__all__ = ["IGNORED", "labels_of"]

IGNORED = -100
"""What the losses of transformers pass over."""


def labels_of(prepared: Prepared) -> NDArray[np.int64]:
    """A label for each row, or for each token, those that nothing is learned of being -100.

    A causal model's labels stand at the tokens themselves: transformers moves them by one.
    """
    task: Any = prepared.parts.task
    encoded = prepared.train.encoded
    if isinstance(task, NextToken):
        return np.where(task.learnable(encoded), encoded.ids, IGNORED).astype(np.int64)
    if task.kind != "tag":
        return np.asarray(prepared.train.truth, dtype=np.int64)
    tags = task.targets(prepared.train.truth, encoded, np.arange(len(encoded)), prepared.space)
    return np.where(tags < 0, IGNORED, tags).astype(np.int64)
