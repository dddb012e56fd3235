"""Where the rows of a micro-batch stand among its tokens, whether they are padded or packed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tunewright.models.layout import Layout

__all__ = ["first_tokens", "real_tokens", "row_slices"]


def real_tokens(arguments: Mapping[str, Any]) -> Tensor:
    """bool, of the shape of `input_ids`: which tokens are no padding."""
    ids: Tensor = arguments["input_ids"]
    mask = None if arguments.get("layout") is not None else arguments.get("attention_mask")
    return torch.ones_like(ids, dtype=torch.bool) if mask is None else mask.bool()


def first_tokens(arguments: Mapping[str, Any]) -> Tensor:
    """bool, of the shape of `input_ids`: the first token of each row, which nothing of its row stands before."""
    layout: Layout | None = arguments.get("layout")
    found = torch.zeros_like(arguments["input_ids"], dtype=torch.bool)
    if layout is not None:
        found[:, layout.first] = True
        return found
    real = real_tokens(arguments)
    found[:, 0] = True
    found[:, 1:] = real[:, 1:] & ~real[:, :-1]
    return found


def row_slices(arguments: Mapping[str, Any]) -> list[slice]:
    """Where each row's tokens stand in the flattened `input_ids`, the padding behind them left out.

    Rows are in the order of the batch, and must be padded behind, not in front.
    """
    layout: Layout | None = arguments.get("layout")
    if layout is not None:
        starts, lengths = layout.first.cpu().numpy(), layout.lengths
    else:
        real = real_tokens(arguments).cpu().numpy()
        starts, lengths = np.arange(len(real)) * real.shape[1], real.sum(axis=1)
    return [slice(start, start + length) for start, length in zip(starts.tolist(), lengths.tolist(), strict=True)]
