"""The training stage: from encoded rows to the best weights, resumable at any instant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from tunewright.data.plan import StepPlan
from tunewright.errors import CheckpointError, Problem, RecipeError, near_miss
from tunewright.evaluation import Split, infer
from tunewright.models.device import best_device, default_token_budget
from tunewright.models.packing import packed_rows
from tunewright.models.precision import Precision, choose_precision
from tunewright.models.rows_in_use import train_rows_in_use
from tunewright.pipeline.batches import batches, places
from tunewright.pipeline.fingerprint import fingerprint
from tunewright.pipeline.prepare import Prepared
from tunewright.pipeline.recording import record_events
from tunewright.pipeline.replay import replayed_layers
from tunewright.records import Journal, RunFolder
from tunewright.records.checkpoint import damage, forget, newest_valid, sweep
from tunewright.tasks import Space
from tunewright.training.lanes import lane_count, open_lanes
from tunewright.training.loop import Job, total_steps, train
from tunewright.training.observer import Observer
from tunewright.training.optimizer import build_optimizer
from tunewright.training.schedules import Schedule
from tunewright.training.signals import StopRequest
from tunewright.training.state import Progress, read_progress, read_weights, restore
from tunewright.training.step import Stepper
from tunewright.training.trackers import Tracker
from tunewright.training.world import World

__all__ = ["Fitted", "Selection", "build_model", "fit", "refuse_unready", "selection"]


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
    prepared: Prepared, folder: RunFolder, journal: Journal, observer: Observer, stop: StopRequest, learning_rate: float
) -> Fitted:
    """Train, or go on from the newest whole checkpoint, and put the best weights into the model."""
    recipe, training = prepared.recipe, prepared.recipe.training
    chosen = selection(prepared)
    device, world = best_device(), World.join()
    precision = choose_precision(training.precision, device)
    observer.phase(f"Loading {recipe.model}")
    model, plain, space = build_model(prepared, device)
    encoded = prepared.train.encoded
    budget = training.token_budget or default_token_budget(device)
    progress = Progress(token_budget=budget, fingerprint=fingerprint(prepared), threads=torch.get_num_threads())
    progress = progress.having(precision=precision.name)
    with ExitStack() as stack:
        stack.enter_context(train_rows_in_use(model, encoded.ids, encoded.pad_id))
        packing = stack.enter_context(packed_rows(model, device, precision.name))
        replay = stack.enter_context(replayed_layers(prepared, model, packing, precision.name, budget, observer))
        tokens_a_step = float(encoded.lengths.mean()) * training.batch_size / world.size
        count = lane_count(model, device, torch.get_num_threads(), tokens_a_step)
        lanes = stack.enter_context(open_lanes(model, count, device))
        optimizer = build_optimizer(model, plain, training, learning_rate)
        plan = StepPlan(
            encoded.lengths, training.batch_size, budget, training.seed, world.size, len(lanes), packing is not None
        )
        stepper = Stepper(
            model,
            optimizer,
            make_batch=batches(prepared, space, device, packing, replay),
            loss_of=lambda model, batch: prepared.parts.task.loss_of(model, batch, space),
            device=device,
            precision=precision.name,
            max_grad_norm=training.max_grad_norm,
            world=world,
            describe=lambda samples: places(prepared.train, samples),
            lanes=lanes,
        )
        progress = _resume(folder, model, prepared, optimizer, stepper, journal, observer, progress)
        if progress.precision != precision.name:  # `auto` measures anew; a run keeps to what it began with
            precision = Precision(progress.precision, "what this run began with")
            stepper.precision = progress.precision
        job = Job(
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
            validate=_validation(prepared, space, model, device, precision.name, progress.token_budget),
            select_by=chosen.name,
            higher_is_better=chosen.higher_is_better,
        )
        progress = _run(job, progress, stop, journal, observer)
        if progress.best_step and progress.best_step != progress.step:
            _refuse_damaged_best(folder, progress)
            read_weights(folder.checkpoint(progress.best_step), model, prepared.parts.method)
    model.eval()
    return Fitted(model, space, progress, precision, device, learning_rate, chosen)


def _run(job: Job, progress: Progress, stop: StopRequest, journal: Journal, observer: Observer) -> Progress:
    """The loop, with whoever listens to it."""
    trackers = [cast(Tracker, tracker).open(job.folder.path) for tracker in job.training.trackers]
    observer.training_starts(progress.step, job.steps)
    try:
        with stop.answered_inside():
            return record_events(train(job, progress, stop), journal, observer, trackers, job.select_by, progress)
    finally:
        observer.training_ends()
        for tracker in trackers:
            tracker.close()


def _validation(
    prepared: Prepared, space: Space, model: nn.Module, device: torch.device, precision: str, budget: int
) -> Callable[[], Mapping[str, float]] | None:
    """Metrics and loss on the validation split, or None where there is none."""
    split = prepared.validation
    if split is None or len(split) == 0:
        return None

    def validate() -> Mapping[str, float]:
        return measure(prepared, space, model, split, device, precision, budget)

    return validate


def measure(
    prepared: Prepared, space: Space, model: nn.Module, split: Split, device: torch.device, precision: str, budget: int
) -> dict[str, float]:
    """Every metric of the task, and the training loss, on one split."""
    task = prepared.parts.task
    encoded = split.encoded
    outputs = infer(
        model, encoded, prepared.parts.inputs, device=device, precision=precision, token_budget=budget, task=task
    )
    values = task.metric_values(split.truth, task.answers(outputs, encoded, space), np.ones((1, len(split))))
    targets = np.ascontiguousarray(task.targets(split.truth, encoded, np.arange(len(encoded)), space))
    loss = task.compute_loss(torch.from_numpy(outputs), torch.from_numpy(targets), space)
    return {name: float(value[0]) for name, value in values.items()} | {"loss": float(loss.sum) / loss.weight}


def _resume(
    folder: RunFolder,
    model: nn.Module,
    prepared: Prepared,
    optimizer: Any,
    stepper: Stepper,
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
        if progress.scaler:
            stepper.scaler.load_state_dict(progress.scaler)
    journal.rewind(found.step)
    forget(folder.checkpoints, after=found.step)
    notes = [f"The checkpoint {name} is passed over: {reason}." for name, reason in found.rejected]
    if found.folder is not None:
        journal.write("resume", step=found.step)
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
    return progress.having(resumed=progress.resumed + 1, threads=fresh.threads)


def _without_best(folder: RunFolder, checkpoint: Path) -> str | None:
    """Why a whole checkpoint cannot be gone on with: the best weights, which the end of the run takes, are damaged."""
    progress = read_progress(checkpoint)
    if progress.best_step in (0, progress.step):
        return None
    problem = damage(folder.checkpoint(progress.best_step))
    return f"the best weights so far, of step {progress.best_step}, are damaged ({problem})" if problem else None


def _refuse_damaged_best(folder: RunFolder, progress: Progress) -> None:
    """Stop before a flipped bit becomes the model that is handed over."""
    best = folder.checkpoint(progress.best_step)
    problem = damage(best)
    if problem:
        raise CheckpointError(
            f"The best weights are those of {best}, and there {problem}.\n"
            f"  Train from the last checkpoint that is whole: tunewright train {folder.recipe} --resume"
        )
