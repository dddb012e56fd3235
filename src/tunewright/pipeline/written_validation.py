"""Validation of models that write: the loss on the true texts, and figures of what they write on their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tunewright.data.plan import micro_batches
from tunewright.errors import NonFiniteError, Problem, RecipeError
from tunewright.evaluation import Split
from tunewright.inputs import Batch
from tunewright.models.precision import autocast
from tunewright.pipeline.prepare import Prepared
from tunewright.tasks import Space
from tunewright.tasks.asking import Asking
from tunewright.tasks.text_rows import TextRows
from tunewright.training.world import World

__all__ = ["refuse_slices", "validation_by_writing"]


def refuse_slices(sharding: str) -> None:
    """Stop where weights would be in slices while a model writes: how long that takes differs from process to process,
    and slices are put together by all of them at once.

    Raises:
        RecipeError: with what to type instead.
    """
    if sharding == "full":
        what = "is full, and this task lets the model write, which is not possible with weights in slices"
        hint = "Allowed here: training.sharding=none. To save memory: method.kind=lora."
        raise RecipeError("The recipe cannot be used.", [Problem("training.sharding", what, hint)])


def validation_by_writing(
    prepared: Prepared,
    space: Space,
    split: Split,
    model: nn.Module,
    device: torch.device,
    precision: str,
    budget: int,
    world: World,
) -> Callable[[], Mapping[str, float]]:
    """Every metric of the task on what the model writes for a fixed draw of the rows, and the training loss on all of
    them as `loss`. Processes share the rows."""
    task = prepared.parts.task
    most = int(getattr(task, "validation_rows", len(split)))
    drawn = np.sort(np.random.default_rng(prepared.recipe.training.seed).permutation(len(split))[:most])
    asked = split.take(drawn)
    asking = Asking(prepared.tokenizer, device, precision, budget, quick=True)

    def validate() -> Mapping[str, float]:
        loss = _loss(prepared, space, split, model, device, precision, budget, world)
        mine = _share(asked, budget, world)
        found = task.written(model, asked.encoded.take(mine), prepared.parts.inputs, space, asking)
        parts = world.gather([mine.tolist(), list(found.texts)])
        texts = {row: text for rows, written in parts for row, text in zip(rows, written, strict=True)}
        figures = None
        if world.leads:
            answers = TextRows([texts[row] for row in range(len(asked))])
            values = task.metric_values(asked.truth, answers, np.ones((1, len(asked))))
            figures = {name: float(value[0]) for name, value in values.items()} | {"loss": loss}
        # the leader's figures for all: whoever judges by them must not differ in a last bit
        return cast("dict[str, float]", world.share(figures))

    return validate


def _share(split: Split, budget: int, world: World) -> NDArray[np.int64]:
    """The rows that this process writes for."""
    rows = np.arange(len(split), dtype=np.int64)
    pieces = micro_batches(rows, split.encoded.lengths, budget, world.size)[world.rank :: world.size]
    return np.concatenate([rows[:0], *pieces])


@torch.inference_mode()
def _loss(
    prepared: Prepared,
    space: Space,
    split: Split,
    model: nn.Module,
    device: torch.device,
    precision: str,
    budget: int,
    world: World,
) -> float:
    """Mean loss of a token on the true texts."""
    task, inputs, encoded = prepared.parts.task, prepared.parts.inputs, split.encoded
    rows = np.arange(len(encoded), dtype=np.int64)
    total = weight = 0.0
    with autocast(precision, device):
        for piece in micro_batches(rows, encoded.costs, budget, world.size)[world.rank :: world.size]:
            if len(piece) == 0:
                continue
            targets = torch.from_numpy(np.ascontiguousarray(task.targets(split.truth, encoded, piece, space)))
            found = task.loss_of(model, Batch(inputs.collate(encoded, piece), targets).to(device), space)
            total, weight = total + float(found.sum), weight + found.weight
    total, weight = world.sum_numbers(total, weight)
    if not np.isfinite(total):
        raise NonFiniteError(
            f"The loss on the {split.name} rows is {total}, so they cannot be measured.\n"
            "  The last good checkpoint is kept. Try a lower training.learning_rate or training.precision=fp32, with "
            "--overwrite or output=runs/another."
        )
    return total / weight
