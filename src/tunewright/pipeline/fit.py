"""The training stage: from encoded rows to the best weights, resumable at any instant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tunewright.data.plan import StepPlan
from tunewright.errors import Problem, RecipeError, near_miss
from tunewright.evaluation import Split, refuse_non_finite
from tunewright.losses import Loss
from tunewright.models.allocator import keep_freed_memory
from tunewright.models.device import best_device, default_token_budget
from tunewright.models.gradient_checkpointing import checkpoint_layers, refuse_uncheckpointable
from tunewright.models.head import head_class
from tunewright.models.load_options import LoadOptions
from tunewright.models.packing import Packing, packed_rows
from tunewright.models.precision import Precision, choose_precision
from tunewright.models.rows_in_use import train_rows_in_use
from tunewright.pipeline.batches import batches, places
from tunewright.pipeline.fingerprint import fingerprint
from tunewright.pipeline.prepare import Prepared
from tunewright.pipeline.recording import record_events
from tunewright.pipeline.replay import Replay, replayed_layers
from tunewright.pipeline.resuming import refuse_damaged_best, resume
from tunewright.pipeline.spread import agree, infer_together
from tunewright.pipeline.whole_steps import refuse_uncut, whole_steps
from tunewright.pipeline.written_validation import refuse_slices, validation_by_writing
from tunewright.records import Journal, RunFolder
from tunewright.tasks import Space
from tunewright.training.averaging import refuse_unaveraged
from tunewright.training.lanes import Lanes, lane_count, open_lanes
from tunewright.training.loop import Job, total_steps, train
from tunewright.training.observer import Observer
from tunewright.training.optimizer import build_optimizer
from tunewright.training.schedules import Schedule
from tunewright.training.sharding import shard, share_moments, share_weights
from tunewright.training.signals import StopRequest
from tunewright.training.state import Progress, read_averages, read_weights
from tunewright.training.step import Stepper
from tunewright.training.trackers import Tracker
from tunewright.training.world import World

__all__ = ["Fitted", "Selection", "build_model", "fit", "refuse_unready", "selection"]

_NOT_FINITE = (
    "The last good checkpoint is kept. Try a lower training.learning_rate or training.precision=fp32, with --overwrite "
    "or output=runs/another."
)
_ALONE = World()


@dataclass(frozen=True)
class Selection:
    """The metric that chooses the best model."""

    name: str
    higher_is_better: bool


@dataclass(frozen=True, eq=False)
class Fitted:
    """The end of training: the best weights in the model, and how it went."""

    model: nn.Module
    """As `Method.prepare` left it: adapters not merged yet."""
    space: Space
    progress: Progress
    precision: Precision
    device: torch.device
    learning_rate: float
    selection: Selection


def selection(prepared: Prepared) -> Selection:
    """The recipe's `select_by`, or the task's own metric.

    Raises:
        RecipeError: the task has no such metric.
    """
    task = prepared.parts.task
    wanted = prepared.recipe.training.select_by
    name = task.primary if wanted == "auto" else wanted
    known = {metric: info.higher_is_better for metric, info in task.metric_info.items()} | {"loss": False}
    if name not in known:
        hint = f"{near_miss(name, known)} Allowed: auto, {', '.join(known)}.".strip()
        problem = Problem("training.select_by", f"is {name!r}, which {task.kind} does not measure", hint)
        raise RecipeError("The recipe cannot be used.", [problem])
    return Selection(name, known[name])


def refuse_unready(prepared: Prepared) -> None:
    """Raise now what the training would raise after its first files are written.

    Raises:
        RecipeError: the task does not measure what selects the best model, the loss names a label that does not exist,
            the model cannot recompute its layers, or slices of weights are asked for in fp16.
        MissingExtraError: a tracker is not installed.
    """
    selection(prepared)
    training = prepared.recipe.training
    if training.gradient_checkpointing:
        refuse_uncheckpointable(prepared.config, head_class(prepared.config, prepared.parts.task.auto_class))
    if prepared.parts.task.generates:
        refuse_slices(training.sharding)
    for tracker in training.trackers:
        cast(Tracker, tracker).ready()
    refuse_uncut(prepared)
    loss = prepared.parts.task.loss
    if isinstance(loss, Loss):
        loss.ready(prepared.space.names, prepared.space.counts)
    if training.sharding == "full" and choose_precision(training.precision, best_device()).name == "fp16":
        what = "is full, and this run computes in fp16, whose scaled gradients are not checked over slices"
        hint = "Allowed with sharding=full: training.precision=bf16 or fp32."
        raise RecipeError("The recipe cannot be used.", [Problem("training.sharding", what, hint)])


def build_model(prepared: Prepared, device: torch.device) -> tuple[nn.Module, nn.Module, Space]:
    """The model as it will train, the plain model inside it, and the space it can carry."""
    training, parts = prepared.recipe.training, prepared.parts
    pad = prepared.tokenizer.pad_token_id
    options = LoadOptions(pad, training.seed, training.dropout, training.attention_dropout)
    plain = parts.task.model(prepared.source, prepared.space, options)
    space = parts.task.settle(prepared.space, plain)
    plain.to(device)
    if training.gradient_checkpointing:
        checkpoint_layers(plain)
    if training.average_power is not None:
        refuse_unaveraged(plain)
    return parts.method.prepare(plain, training.seed), plain, space


def fit(
    prepared: Prepared,
    folder: RunFolder,
    journal: Journal | None,
    observer: Observer,
    stop: StopRequest,
    learning_rate: float,
    world: World = _ALONE,
) -> Fitted:
    """Train, or go on from the newest whole checkpoint, and put the best weights into the model.

    Every process of a `world` calls this with the same `prepared`. Only the leader has a journal, touches the folder,
    and ends with the best weights.
    """
    recipe, training = prepared.recipe, prepared.recipe.training
    chosen = selection(prepared)
    device = best_device()
    keep_freed_memory()
    precision = choose_precision(training.precision, device)
    observer.phase(f"Loading {recipe.model}")
    precision = replace(precision, name=world.share(precision.name))
    slices = training.sharding == "full" and world.size > 1
    # the whole may not fit into one GPU: `shard` moves a layer at a time
    model, plain, space = build_model(prepared, torch.device("cpu") if slices else device)
    encoded = prepared.train.encoded
    budget = training.token_budget or default_token_budget(device)
    progress = Progress(token_budget=budget, fingerprint=fingerprint(prepared), threads=torch.get_num_threads())
    progress = progress.having(precision=precision.name, processes=world.size, asked_budget=budget)
    with ExitStack() as stack:
        packing, replay, count = None, None, 1
        if not slices:  # these change what a forward is made of, and slices are put together in the forward
            ids = prepared.parts.task.ids_read(encoded, prepared.config)
            stack.enter_context(train_rows_in_use(model, ids, encoded.pad_id))
            packing = stack.enter_context(packed_rows(model, device, precision.name, prepared.parts.task.takes_packed))
            replay = stack.enter_context(replayed_layers(prepared, model, packing, precision.name, budget, observer))
            tokens_a_step = float(encoded.costs.mean()) * training.batch_size / world.size
            count = world.share(lane_count(model, device, torch.get_num_threads(), tokens_a_step))
        lanes = stack.enter_context(open_lanes(model, count, device))
        optimizer = build_optimizer(model, plain, training, learning_rate)
        if journal is not None:
            progress = resume(folder, model, prepared, optimizer, journal, observer, progress)
        progress = agree(world, progress)
        if progress.precision != precision.name:  # `auto` measures anew; a run keeps to what it began with
            precision = Precision(progress.precision, "what this run began with")
        if world.size > 1:
            optimizer = _spread(model, plain, prepared, optimizer, learning_rate, device, precision, world)
        job = _job(prepared, folder, model, optimizer, space, device, progress, world, lanes, packing, replay)
        progress = _run(job, progress, stop, journal, observer)
        world.part()  # what is left to do is the leader's alone
        if world.leads:
            model = _best_weights(prepared, folder, model, progress, device, slices)
    return Fitted(model.eval(), space, progress, precision, device, learning_rate, chosen)


def _best_weights(
    prepared: Prepared, folder: RunFolder, model: nn.Module, progress: Progress, device: torch.device, slices: bool
) -> nn.Module:
    """The model with the best weights of the run; a whole one where it was trained in slices."""
    best = progress.best_step or progress.step
    if slices:
        model, _, _ = build_model(prepared, device)
    averaged = prepared.recipe.training.average_power is not None
    if slices or averaged or best != progress.step:
        refuse_damaged_best(folder, best)
        read_weights(folder.checkpoint(best), model, prepared.parts.method)
    if averaged:
        read_averages(folder.checkpoint(best), model)
    return model


def _job(
    prepared: Prepared,
    folder: RunFolder,
    model: nn.Module,
    optimizer: torch.optim.AdamW,
    space: Space,
    device: torch.device,
    progress: Progress,
    world: World,
    lanes: Lanes,
    packing: Packing | None,
    replay: Replay | None,
) -> Job:
    """What the loop needs, from the recipe's choices."""
    training, chosen, budget = prepared.recipe.training, selection(prepared), progress.token_budget
    encoded, packed = prepared.train.encoded, packing is not None
    lengths, real = encoded.costs, None if encoded.second is None else encoded.real
    row_of = prepared.row_of
    plan = StepPlan(lengths, training.batch_size, budget, training.seed, world.size, len(lanes), packed, row_of, real)
    stepper = Stepper(
        model,
        optimizer,
        make_batch=batches(prepared, space, device, packing, replay, lambda: stepper.number),
        loss_of=lambda model, batch: prepared.parts.task.loss_of(model, batch, space),
        device=device,
        precision=progress.precision,
        max_grad_norm=training.max_grad_norm,
        world=world,
        describe=lambda samples: places(prepared.train, samples),
        lanes=lanes,
        across=whole_steps(prepared, space, device) if prepared.parts.task.across else None,
    )
    if progress.scaler:
        stepper.scaler.load_state_dict(progress.scaler)
    return Job(
        model=model,
        method=prepared.parts.method,
        optimizer=optimizer,
        stepper=stepper,
        plan=plan,
        schedule=cast(Schedule, training.schedule),
        training=training,
        steps=total_steps(plan, training),
        device=device,
        world=world,
        folder=folder,
        validate=_validation(prepared, space, model, device, progress.precision, budget, world),
        select_by=chosen.name,
        higher_is_better=chosen.higher_is_better,
    )


def _spread(
    model: nn.Module,
    plain: nn.Module,
    prepared: Prepared,
    optimizer: torch.optim.AdamW,
    learning_rate: float,
    device: torch.device,
    precision: Precision,
    world: World,
) -> torch.optim.AdamW:
    """The leader's weights and moments in every process, whole or in slices; the optimizer that trains them."""
    training = prepared.recipe.training
    share_weights(prepared.parts.method.trained_state(model), world)
    before, names = optimizer, dict(model.named_parameters())
    if training.sharding == "full":
        shard(model, plain, device, precision.name, world)
        optimizer = build_optimizer(model, plain, training, learning_rate)
    share_moments(before, names, optimizer, dict(model.named_parameters()), world)
    return optimizer


def _run(job: Job, progress: Progress, stop: StopRequest, journal: Journal | None, observer: Observer) -> Progress:
    """The loop, with whoever listens to it."""
    trackers = [cast(Tracker, tracker).open(job.folder.path) for tracker in job.training.trackers if job.world.leads]
    observer.training_starts(progress.step, job.steps)
    try:
        with stop.answered_inside():
            return record_events(train(job, progress, stop), journal, observer, trackers, job.select_by, progress)
    finally:
        observer.training_ends()
        for tracker in trackers:
            tracker.close()


def _validation(
    prepared: Prepared,
    space: Space,
    model: nn.Module,
    device: torch.device,
    precision: str,
    budget: int,
    world: World,
) -> Callable[[], Mapping[str, float]] | None:
    """Metrics and loss on the validation split, or None where there is none."""
    split = prepared.validation
    if split is None or len(split) == 0:
        return None

    if prepared.parts.task.generates:
        return validation_by_writing(prepared, space, split, model, device, precision, budget, world)

    def validate() -> Mapping[str, float]:
        task, inputs = prepared.parts.task, prepared.parts.inputs
        outputs = infer_together(model, split.encoded, inputs, device, precision, budget, world, task)
        # the leader's figures for all: whoever judges by them must not differ in a last bit
        found = world.share(measure(prepared, space, split, outputs) if world.leads else None)
        return cast("dict[str, float]", found)

    return validate


def measure(prepared: Prepared, space: Space, split: Split, outputs: NDArray[np.float32]) -> dict[str, float]:
    """Every metric of the task on one split, and the training loss (smoothing and weights included) as `loss`."""
    task = prepared.parts.task
    encoded = split.encoded
    refuse_non_finite(outputs, split, task, f"the {split.name} rows cannot be measured", _NOT_FINITE)
    answers = task.answers(outputs, encoded, task.calibrated(space, outputs, split.truth))
    values = task.metric_values(split.truth, answers, np.ones((1, len(split))))
    samples = np.arange(len(encoded))
    targets = torch.from_numpy(np.ascontiguousarray(task.targets(split.truth, encoded, samples, space)))
    parts = task.shares(encoded, samples)
    said = torch.from_numpy(outputs)
    if parts is None:
        loss = task.loss_of_split(said, targets, space)
    else:
        loss = task.shared_loss(said, targets, torch.from_numpy(parts), space)
    mean = float(loss.sum) / loss.weight if loss.weight else 0.0
    return {name: float(value[0]) for name, value in values.items()} | {"loss": mean}
