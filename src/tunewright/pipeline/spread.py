"""Work that the processes of a job share, and what they must agree on before it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tunewright.data.plan import micro_batches
from tunewright.errors import CheckpointError, ResourceError
from tunewright.evaluation import infer
from tunewright.inputs import Encoded, Input
from tunewright.models.memory_pressure import is_out_of_memory
from tunewright.models.precision import autocast
from tunewright.tasks import Task
from tunewright.training.sharding import is_sharded
from tunewright.training.state import Progress
from tunewright.training.world import World

__all__ = ["agree", "infer_together"]


def agree(world: World, progress: Progress) -> Progress:
    """The leader's progress for every process, once it is sure that all hold the same data, model and recipe.

    Raises:
        CheckpointError: a process holds others: each would train on something else, and nobody would see it.
    """
    prints = world.gather(progress.fingerprint)
    odd = [rank for rank, found in enumerate(prints) if found != prints[0]]
    if odd:
        raise CheckpointError(
            f"The processes do not hold the same: data, pretrained model or recipe of process {odd[0]} "
            f"({len(odd)} of {world.size} in all) are not those of process 0.\n"
            "  Training would mix them. Give every machine the same files and the same versions of all packages."
        )
    return Progress(**world.share(asdict(progress)))


def infer_together(
    model: nn.Module,
    encoded: Encoded,
    inputs: Input,
    device: torch.device,
    precision: str,
    token_budget: int,
    world: World,
    task: Task | None = None,
) -> NDArray[np.float32]:
    """What `infer` answers, in every process; each computes its share of the samples.

    Raises:
        ResourceError: a row, or with a model in slices a batch, does not fit into memory.
    """
    if world.size == 1:
        return infer(model, encoded, inputs, device=device, precision=precision, token_budget=token_budget, task=task)
    samples = np.arange(len(encoded), dtype=np.int64)
    pieces = micro_batches(samples, encoded.computed, token_budget, world.size)[world.rank :: world.size]
    mine = np.concatenate(pieces)
    if is_sharded(model.parameters()):
        found = _infer_in_step(model, encoded, inputs, pieces, device, precision, task)
    else:
        share = encoded.take(mine)
        found = infer(model, share, inputs, device=device, precision=precision, token_budget=token_budget, task=task)
    per_token = task is not None and task.per_token
    (width,) = world.largest(found.shape[1] if len(mine) else 0)
    outputs = torch.zeros(len(encoded.ids) if per_token else len(encoded), int(width))
    if len(mine):
        places = encoded.tokens_of(mine) if per_token else mine
        outputs[torch.from_numpy(places)] = torch.from_numpy(found)
    # every row is zero in all processes but one, so the sum is that one's figure to the bit
    return world.sum_tensor(outputs).numpy()


@torch.no_grad()
def _infer_in_step(
    model: Any,
    encoded: Encoded,
    inputs: Input,
    pieces: list[NDArray[np.int64]],
    device: torch.device,
    precision: str,
    task: Task | None,
) -> NDArray[np.float32]:
    """Outputs of the samples of `pieces`, one after another. The processes put slices together at once, so each goes
    through the model equally often; a piece without samples computes one and drops it."""
    found = []
    try:
        with autocast(precision, device):
            for piece in pieces:
                given = inputs.collate(encoded, piece if len(piece) else np.zeros(1, dtype=np.int64))
                batch = {name: tensor.to(device) for name, tensor in given.items()}
                outputs = model(**batch).logits if task is None else task.outputs(model, batch)
                if len(piece):
                    found.append(outputs.float().cpu().numpy())
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise ResourceError(
            "A validation batch does not fit into memory. Lower training.token_budget and go on with --resume."
        ) from error
    return np.concatenate(found) if found else np.zeros((0, 1), dtype=np.float32)
