"""The training stage: from encoded rows to the best weights, resumable at any instant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tunewright.data.plan import StepPlan
from tunewright.errors import CheckpointError, Problem, RecipeError, near_miss
from tunewright.evaluation import Split
from tunewright.models.attention import quick_attention
from tunewright.models.device import best_device, default_token_budget
from tunewright.models.precision import Precision, PrecisionName, choose_precision
from tunewright.pipeline.fingerprint import fingerprint
from tunewright.pipeline.prepare import Prepared
from tunewright.pipeline.recording import record_events
from tunewright.pipeline.spread import agree, infer_together
from tunewright.records import Journal, RunFolder
from tunewright.records.checkpoint import damage, forget, newest_valid, sweep
from tunewright.tasks import Space
from tunewright.training.loop import Job, total_steps, train
from tunewright.training.observer import Observer
from tunewright.training.optimizer import build_optimizer
from tunewright.training.schedules import Schedule
from tunewright.training.sharding import shard, share_moments, share_weights
from tunewright.training.signals import StopRequest
from tunewright.training.state import Progress, read_progress, read_weights, restore
from tunewright.training.step import Batch, Stepper
from tunewright.training.trackers import Tracker
from tunewright.training.world import World

__all__ = ["Fitted", "Selection", "build_model", "fit", "refuse_unready", "selection"]

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
        RecipeError: the task does not measure what selects the best model.
        MissingExtraError: a tracker is not installed.
    """
    selection(prepared)
    for tracker in prepared.recipe.training.trackers:
        cast(Tracker, tracker).ready()


def build_model(prepared: Prepared, device: torch.device) -> tuple[nn.Module, nn.Module, Space]:
    """The model as it will train, the plain model inside it, and the space it can carry."""
    training, parts = prepared.recipe.training, prepared.parts
    plain = parts.task.model(
        prepared.source,
        prepared.space,
        pad_token_id=prepared.tokenizer.pad_token_id,
        seed=training.seed,
        dropout=training.dropout,
        attention_dropout=training.attention_dropout,
    )
    space = parts.task.settle(prepared.space, plain)
    plain.to(device)
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
    precision = choose_precision(training.precision, device)
    observer.phase(f"Loading {recipe.model}")
    slices = training.sharding == "full" and world.size > 1
    # the whole may not fit into one GPU: `shard` moves a layer at a time
    model, plain, space = build_model(prepared, torch.device("cpu") if slices else device)
    optimizer = build_optimizer(model, plain, training, learning_rate)
    budget = training.token_budget or default_token_budget(device)
    progress = Progress(token_budget=budget, fingerprint=fingerprint(prepared), threads=torch.get_num_threads())
    progress = progress.having(precision=precision.name, processes=world.size, asked_budget=budget)
    if journal is not None:
        progress = _resume(folder, model, prepared, optimizer, journal, observer, progress)
    progress = agree(world, progress)
    if progress.precision != precision.name:  # `auto` measures anew; a run keeps to what it began with
        precision = Precision(progress.precision, "what this run began with")
    if world.size > 1:
        model, optimizer = _spread(model, plain, prepared, optimizer, learning_rate, device, precision, world)
    job = _job(prepared, folder, model, optimizer, space, device, precision.name, progress, world)
    trackers = [cast(Tracker, tracker).open(folder.path) for tracker in training.trackers if world.leads]
    observer.training_starts(progress.step, job.steps)
    try:
        with stop.answered_inside(), quick_attention(model, device, precision.name):
            events = train(job, progress, stop)
            progress = record_events(events, journal, observer, trackers, chosen.name, progress)
    finally:
        observer.training_ends()
        for tracker in trackers:
            tracker.close()
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
    if slices or best != progress.step:
        _refuse_damaged_best(folder, best)
        read_weights(folder.checkpoint(best), model, prepared.parts.method)
    return model


def _job(
    prepared: Prepared,
    folder: RunFolder,
    model: nn.Module,
    optimizer: torch.optim.AdamW,
    space: Space,
    device: torch.device,
    precision: PrecisionName,
    progress: Progress,
    world: World,
) -> Job:
    """What the loop needs, from the recipe's choices."""
    training, chosen, budget = prepared.recipe.training, selection(prepared), progress.token_budget
    plan = StepPlan(prepared.train.encoded.lengths, training.batch_size, budget, training.seed, world.size)
    stepper = Stepper(
        model,
        optimizer,
        make_batch=_batches(prepared, space, device),
        compute_loss=lambda logits, targets: prepared.parts.task.compute_loss(logits, targets, space),
        device=device,
        precision=precision,
        max_grad_norm=training.max_grad_norm,
        world=world,
        describe=lambda rows: "; ".join(str(prepared.train.table.place(int(row))) for row in rows[:5]),
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
        validate=_validation(prepared, space, model, device, precision, budget, world),
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
) -> tuple[nn.Module, torch.optim.AdamW]:
    """The leader's weights and moments in every process, whole or in slices."""
    training = prepared.recipe.training
    share_weights(prepared.parts.method.trained_state(model), world)
    before, names = optimizer, dict(model.named_parameters())
    if training.sharding == "full":
        shard(model, plain, device, precision.name, world)
        optimizer = build_optimizer(model, plain, training, learning_rate)
    share_moments(before, names, optimizer, dict(model.named_parameters()), world)
    return model, optimizer


def _batches(prepared: Prepared, space: Space, device: torch.device) -> Callable[[NDArray[np.int64]], Batch]:
    """Makes a micro-batch on the device from row indices."""
    targets = torch.from_numpy(np.ascontiguousarray(prepared.parts.task.step_targets(prepared.train.truth, space)))
    inputs, encoded = prepared.parts.inputs, prepared.train.encoded

    def make(rows: NDArray[np.int64]) -> Batch:
        arguments = {name: t.to(device, non_blocking=True) for name, t in inputs.collate(encoded, rows).items()}
        return Batch(arguments, targets[torch.from_numpy(rows)].to(device))

    return make


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

    def validate() -> Mapping[str, float]:
        logits = infer_together(model, split.encoded, prepared.parts.inputs, device, precision, budget, world)
        # the leader's figures for all: whoever judges by them must not differ in a last bit
        found = world.share(measure(prepared, space, split, logits) if world.leads else None)
        return cast("dict[str, float]", found)

    return validate


def measure(prepared: Prepared, space: Space, split: Split, logits: NDArray[np.float32]) -> dict[str, float]:
    """Every metric of the task, and the training loss, from a split's logits."""
    task = prepared.parts.task
    values = task.metric_values(split.truth, task.scores(logits, space), np.ones((1, len(split))))
    targets = torch.from_numpy(np.ascontiguousarray(task.step_targets(split.truth, space)))
    loss = task.compute_loss(torch.from_numpy(logits), targets, space)
    return {name: float(value[0]) for name, value in values.items()} | {"loss": float(loss.sum) / loss.weight}


def _resume(
    folder: RunFolder,
    model: nn.Module,
    prepared: Prepared,
    optimizer: Any,
    journal: Journal,
    observer: Observer,
    fresh: Progress,
) -> Progress:
    """The newest whole checkpoint, put back; `fresh` where there is none. Says which ones it passed over and why."""
    sweep(folder.checkpoints)
    found = newest_valid(folder.checkpoints, lambda checkpoint: _without_best(folder, checkpoint))
    progress = fresh
    if found.folder is not None:
        progress = read_progress(found.folder)
        if progress.fingerprint != fresh.fingerprint:
            raise CheckpointError(
                f"{found.folder} was written with other data, another pretrained model or another recipe than this "
                "one.\n  Going on would mix two trainings. Restore the files, or train anew with output=runs/another"
            )
        restore(found.folder, model, prepared.parts.method, optimizer)
    journal.rewind(found.step)
    forget(folder.checkpoints, after=found.step)
    notes = [f"The checkpoint {name} is passed over: {reason}." for name, reason in found.rejected]
    if found.folder is not None:
        journal.write("resume", step=found.step, processes=fresh.processes)
        notes += _changed_cut(progress, fresh)
        if progress.threads != fresh.threads:
            notes.append(
                f"Resumed with {fresh.threads} CPU threads after {progress.threads}: sums may differ in their last "
                "bits, so the result will not be the same to the bit."
            )
    elif found.rejected:
        notes.append("No checkpoint can be used: training starts again from step 0.")
    for text in notes:
        journal.write("note", step=found.step, text=text)
        observer.note(text)
    if found.folder is None:
        return fresh
    observer.note(f"Going on after step {found.step}.")
    if progress.asked_budget != fresh.asked_budget:  # another one is asked for now; a shortage is none of it
        progress = progress.having(token_budget=fresh.token_budget, asked_budget=fresh.asked_budget)
    return progress.having(resumed=progress.resumed + 1, threads=fresh.threads, processes=fresh.processes)


def _changed_cut(before: Progress, now: Progress) -> list[str]:
    """What is cut in another way from here on. The samples of each step, and their order, are the same for any cut."""
    notes = []
    same = "every step trains on the same samples as before; sums may differ in their last bits"
    if before.processes != now.processes:
        notes.append(f"Resumed with {now.processes} processes after {before.processes}: {same}.")
    if before.asked_budget not in (0, now.asked_budget):
        notes.append(f"Resumed with a token budget of {now.asked_budget} after {before.asked_budget}: {same}.")
    return notes


def _without_best(folder: RunFolder, checkpoint: Path) -> str | None:
    """Why a whole checkpoint cannot be gone on with: the best weights, which the end of the run takes, are damaged."""
    progress = read_progress(checkpoint)
    if progress.best_step in (0, progress.step):
        return None
    problem = damage(folder.checkpoint(progress.best_step))
    return f"the best weights so far, of step {progress.best_step}, are damaged ({problem})" if problem else None


def _refuse_damaged_best(folder: RunFolder, step: int) -> None:
    """Stop before a flipped bit becomes the model that is handed over."""
    best = folder.checkpoint(step)
    problem = damage(best)
    if problem:
        raise CheckpointError(
            f"The best weights are those of {best}, and there {problem}.\n"
            f"  Train from the last checkpoint that is whole: tunewright train {folder.recipe} --resume"
        )
