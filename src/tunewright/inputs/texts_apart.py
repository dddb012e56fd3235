"""The two texts of a pair, each encoded by itself, for models that read one text at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tunewright.inputs.encoded import Encoded
from tunewright.inputs.tokens import tokenize

__all__ = ["tokenize_apart"]


def tokenize_apart(
    first: Sequence[str],
    second: Sequence[str],
    tokenizer: Any,
    max_length: int,
    progress: Callable[[int, int], None] | None = None,
) -> Encoded:
    """Rows of two texts one behind the other, each with its own special tokens, and each cut to `max_length`.

    A row's length is that of both texts together.
    """
    both = tokenize([*first, *second], None, tokenizer, max_length, progress)
    rows = len(first)
    order = np.arange(2 * rows, dtype=np.int64).reshape(2, rows).T.ravel()
    turned = both.take(order)
    return replace(
        turned,
        offsets=turned.offsets[::2],
        full_lengths=both.full_lengths[:rows] + both.full_lengths[rows:],
        second=both.lengths[:rows],
    )
