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

__all__ = ["batches", "places"]


def places(split: Split, samples: NDArray[np.int64]) -> str:
    """Where the rows of some samples stand, each once."""
    rows = dict.fromkeys(split.encoded.rows[samples].tolist())
    return "; ".join(str(split.table.place(row)) for row in list(rows)[:5])


def batches(
    prepared: Prepared, space: Space, device: torch.device, packing: Packing | None, replay: Replay | None = None
) -> Callable[[NDArray[np.int64]], Batch]:
    """Makes a micro-batch on the device from sample indices."""
    task, inputs = prepared.parts.task, prepared.parts.inputs
    encoded, truth = prepared.train.encoded, prepared.train.truth
    lengths = encoded.lengths

    def targets(samples: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(task.targets(truth, encoded, samples, space))).to(device)

    def shares(samples: NDArray[np.int64]) -> Tensor | None:
        found = task.shares(encoded, samples)
        return None if found is None else torch.from_numpy(found).to(device)

    def padded(samples: NDArray[np.int64]) -> Batch:
        return Batch(inputs.collate(encoded, samples), targets(samples), shares(samples)).to(device)

    def packed(samples: NDArray[np.int64]) -> Batch:
        assert packing is not None
        groups = like_lengths(samples, lengths)
        arguments = packing.arguments(encoded.pack(groups), [lengths[group] for group in groups])
        if replay is not None:
            arguments = replay.given(arguments, groups)
        ordered = np.concatenate(groups)
        return Batch(arguments, targets(ordered), shares(ordered))

    return padded if packing is None else packed
