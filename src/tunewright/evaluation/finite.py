"""Outputs that are no numbers are the end: of NaN any class could be called the highest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tunewright.data.table import Table
from tunewright.errors import NonFiniteError

__all__ = ["refuse_non_finite"]


def refuse_non_finite(logits: NDArray[np.float32], table: Table, what: str, advice: str) -> None:
    """Stop where a model's outputs are NaN or infinite.

    Args:
        logits: (rows, ...) in the table's order.
        table: where each row stands.
        what: what cannot be done with them.
        advice: what to type next.

    Raises:
        NonFiniteError: for any row.
    """
    broken = ~np.isfinite(logits).all(axis=tuple(range(1, logits.ndim)))
    if broken.any():
        first = table.place(int(broken.argmax()))
        raise NonFiniteError(
            f"The model's outputs are not finite for {int(broken.sum()):,} of {len(logits):,} rows ({first} is the "
            f"first), so {what}.\n  {advice}"
        )
