"""Micro-batches of training: from sample indices to what the model is called with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tunewright.data.plan import like_lengths
from tunewright.evaluation import Split
from tunewright.inputs import Batch
from tunewright.models.packing import Packing
from tunewright.pipeline.prepare import Prepared
from tunewright.pipeline.replay import Replay
from tunewright.tasks import Space

__all__ = ["batches", "places", "targets_of"]


def places(split: Split, samples: NDArray[np.int64]) -> str:
    """Where the rows of some samples stand, each once."""
    rows = dict.fromkeys(split.encoded.rows[samples].tolist())
    return "; ".join(str(split.table.place(row)) for row in list(rows)[:5])


def targets_of(prepared: Prepared, space: Space, device: torch.device) -> Callable[[NDArray[np.int64]], Tensor]:
    """Makes the targets of training samples on the device."""
    task, encoded, truth = prepared.parts.task, prepared.train.encoded, prepared.train.truth

    def targets(samples: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(task.targets(truth, encoded, samples, space))).to(device)

    return targets


def batches(
    prepared: Prepared,
    space: Space,
    device: torch.device,
    packing: Packing | None,
    replay: Replay | None = None,
    step: Callable[[], int] = lambda: 0,
) -> Callable[[NDArray[np.int64]], Batch]:
    """Makes a micro-batch on the device from sample indices; `step` tells which step it is for."""
    inputs, encoded = prepared.parts.inputs, prepared.train.encoded
    lengths = encoded.lengths
    targets = targets_of(prepared, space, device)
    seed, media = prepared.recipe.training.seed, encoded.media is not None

    def shares(samples: NDArray[np.int64]) -> Tensor | None:
        found = prepared.parts.task.shares(encoded, samples)
        return None if found is None else torch.from_numpy(found).to(device)

    def padded(samples: NDArray[np.int64]) -> Batch:
        given, wanted = inputs.training_batch(encoded, samples, seed, step()), targets(samples)
        size = len(samples) * int(lengths[samples].max()) if media else None
        written = 0 if encoded.targets is None else wanted.numel()
        return Batch(given, wanted, written, size=size, shares=shares(samples)).to(device)

    def packed(samples: NDArray[np.int64]) -> Batch:
        assert packing is not None
        groups = like_lengths(samples, lengths)
        arguments = packing.arguments(encoded, groups)
        if replay is not None:
            arguments = replay.given(arguments, groups)
        ordered = np.concatenate(groups)
        return Batch(arguments, targets(ordered), shares=shares(ordered), samples=ordered)

    return padded if packing is None else packed
