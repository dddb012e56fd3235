"""Forward passes over many rows: length-sorted batches under a token budget, outputs in row order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tunewright.data.plan import like_lengths, micro_batches
from tunewright.errors import ResourceError
from tunewright.inputs import Encoded, Input
from tunewright.models.memory_pressure import is_out_of_memory
from tunewright.models.packing import Packing, packed_rows
from tunewright.models.precision import autocast
from tunewright.tasks import Task

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
    task: Task | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> NDArray[np.float32]:
    """Outputs of every sample in fp32, in their order: (samples, outputs), or (tokens, outputs) with `per_token`.

    Without a task they are the model's logits. The model must be in evaluation mode. Running out of memory halves the
    budget and repeats the batch.

    Raises:
        ResourceError: a single row does not fit into memory.
    """
    samples = np.arange(len(encoded), dtype=np.int64)
    per_token = task is not None and task.per_token
    size = len(encoded.ids) if per_token else len(samples)
    logits: NDArray[np.float32] | None = None
    done = 0
    by_token = task is not None and task.takes_packed
    with packed_rows(model, device, precision, by_token) as packing, autocast(precision, device):
        pending = micro_batches(samples, encoded.computed, token_budget)[::-1]
        while pending:
            piece = pending.pop()
            outputs = _forward(model, inputs, encoded, piece, device, task, packing)
            if outputs is None:
                if len(piece) == 1:
                    raise ResourceError("A single row does not fit into memory. Lower data.max_length.")
                half = (len(piece) + 1) // 2
                pending += [piece[half:], piece[:half]]
                continue
            if logits is None:
                logits = np.zeros((size, *outputs.shape[1:]), dtype=np.float32)
            logits[encoded.tokens_of(piece) if per_token else piece] = outputs
            done += len(piece)
            if progress:
                progress(done, len(samples))
    return np.zeros((0, 1), dtype=np.float32) if logits is None else logits


def _forward(
    model: Any,
    inputs: Input,
    encoded: Encoded,
    piece: NDArray[np.int64],
    device: torch.device,
    task: Task | None,
    packing: Packing | None,
) -> NDArray[np.float32] | None:
    """Outputs of one batch, or None when memory ran out."""
    try:
        if packing is None:
            batch = {name: t.to(device, non_blocking=True) for name, t in inputs.collate(encoded, piece).items()}
        else:
            # in the order of `piece`, which is sorted by the same lengths: what is packed is no pair read apart
            groups = like_lengths(piece, encoded.lengths)
            batch = packing.arguments(encoded, groups)
        outputs = model(**batch).logits if task is None else task.outputs(model, batch)
        return outputs.float().cpu().numpy()
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        return None
