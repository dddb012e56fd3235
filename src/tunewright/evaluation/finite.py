"""Outputs that are no numbers are the end: of NaN any class could be called the highest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tunewright.errors import NonFiniteError
from tunewright.evaluation.subject import Split
from tunewright.tasks import Task

__all__ = ["refuse_non_finite"]


def refuse_non_finite(outputs: NDArray[np.float32], split: Split, task: Task, what: str, advice: str) -> None:
    """Stop where a model's outputs are NaN or infinite.

    Args:
        outputs: of the split's samples, or of their tokens, as the task has them.
        split: whose rows are named.
        task: whether the outputs are those of tokens.
        what: what cannot be done with them.
        advice: what to type next.

    Raises:
        NonFiniteError: for any row.
    """
    whole = np.isfinite(outputs).all(axis=tuple(range(1, outputs.ndim)))
    if not whole.all():
        encoded = split.encoded
        rows = np.repeat(encoded.rows, encoded.lengths) if task.per_token else encoded.rows
        broken = np.unique(rows[~whole])
        raise NonFiniteError(
            f"The model's outputs are not finite for {len(broken):,} of {len(split):,} rows "
            f"({split.table.place(int(broken[0]))} is the first), so {what}.\n  {advice}"
        )
