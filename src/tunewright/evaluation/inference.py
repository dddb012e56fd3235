"""Forward passes over many rows: length-sorted batches under a token budget, outputs in row order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tunewright.data.plan import micro_batches
from tunewright.errors import ResourceError
from tunewright.inputs import Encoded, Input
from tunewright.models.memory_pressure import is_out_of_memory
from tunewright.models.packing import Packing, packed_rows
from tunewright.models.precision import autocast

__all__ = ["infer"]


@torch.inference_mode()
def infer(
    model: nn.Module,
    encoded: Encoded,
    inputs: Input,
    *,
    device: torch.device,
    precision: str,
    token_budget: int,
    progress: Callable[[int, int], None] | None = None,
) -> NDArray[np.float32]:
    """Logits of every row, fp32 (rows, outputs), in row order.

    The model must be in evaluation mode. Running out of memory halves the budget and repeats the batch.

    Raises:
        ResourceError: a single row does not fit into memory.
    """
    rows = np.arange(len(encoded), dtype=np.int64)
    logits: NDArray[np.float32] | None = None
    done = 0
    with packed_rows(model, device, precision) as packing, autocast(precision, device):
        pending = micro_batches(rows, encoded.lengths, token_budget)[::-1]
        while pending:
            piece = pending.pop()
            outputs = _forward(model, inputs, encoded, piece, device, packing)
            if outputs is None:
                if len(piece) == 1:
                    raise ResourceError("A single row does not fit into memory. Lower data.max_length.")
                half = (len(piece) + 1) // 2
                pending += [piece[half:], piece[:half]]
                continue
            if logits is None:
                logits = np.zeros((len(rows), *outputs.shape[1:]), dtype=np.float32)
            logits[piece] = outputs
            done += len(piece)
            if progress:
                progress(done, len(rows))
    return np.zeros((0, 1), dtype=np.float32) if logits is None else logits


def _forward(
    model: Any,
    inputs: Input,
    encoded: Encoded,
    piece: NDArray[np.int64],
    device: torch.device,
    packing: Packing | None,
) -> NDArray[np.float32] | None:
    """Logits of one batch, or None when memory ran out."""
    try:
        if packing is None:
            batch = {name: t.to(device, non_blocking=True) for name, t in inputs.collate(encoded, piece).items()}
            return model(**batch).logits.float().cpu().numpy()  # type: ignore[no-any-return]
        packed = packing.arguments(encoded.pack([piece]), [encoded.lengths[piece]])
        return model(**packed).logits.float().numpy()  # type: ignore[no-any-return]
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        return None
