"""The loop: a generator that yields what happens. Journal, progress bar and trackers are its consumer's."""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tunewright.data.permutation import Permutation
from tunewright.data.plan import StepPlan
from tunewright.data.tally import tally
from tunewright.errors import NonFiniteError, ResourceError, RunError, Stopped
from tunewright.methods import Method
from tunewright.models.device import peak_bytes
from tunewright.models.memory_pressure import free, is_out_of_memory
from tunewright.recipe import Training
from tunewright.records.checkpoint import commit_folder, prune
from tunewright.records.folder import RunFolder
from tunewright.training.averaging import averaged_weights, follow_weights
from tunewright.training.optimizer import set_learning_rate
from tunewright.training.schedules import Schedule
from tunewright.training.signals import StopRequest
from tunewright.training.state import Progress, gather_state, write_state
from tunewright.training.step import Stepper, Update
from tunewright.training.world import World

__all__ = ["Event", "Job", "Noted", "Saved", "Stepped", "Validated", "total_steps", "train"]


@dataclass(frozen=True, eq=False)
class Job:
    """Everything the loop needs; made once, changed never.

    Attributes:
        validate: metrics of the model as it is now, on the validation split; None where there is none. Must leave the
            global random state alone.
        select_by: name of the metric that chooses the best model.
        higher_is_better: its direction.
    """

    model: nn.Module
    method: Method
    optimizer: torch.optim.AdamW
    stepper: Stepper
    plan: StepPlan
    schedule: Schedule
    training: Training
    steps: int
    device: torch.device
    world: World
    folder: RunFolder
    validate: Callable[[], Mapping[str, float]] | None
    select_by: str
    higher_is_better: bool


@dataclass(frozen=True, slots=True)
class Stepped:
    """An optimizer step is done."""

    step: int
    epoch: float
    update: Update
    learning_rate: float
    progress: Progress


@dataclass(frozen=True, slots=True)
class Validated:
    """A validation is done."""

    step: int
    metrics: Mapping[str, float]
    best: bool
    progress: Progress


@dataclass(frozen=True, slots=True)
class Saved:
    """A checkpoint is on the disk, whole."""

    step: int
    folder: Path
    progress: Progress


@dataclass(frozen=True, slots=True)
class Noted:
    """Something a person should know."""

    step: int
    text: str


Event: TypeAlias = Stepped | Validated | Saved | Noted


def total_steps(plan: StepPlan, training: Training) -> int:
    """Optimizer steps of a whole run."""
    wanted = math.ceil(plan.steps_per_epoch * training.epochs - 1e-9)
    return max(1, min(wanted, training.max_steps or wanted))


def train(job: Job, progress: Progress, stop: StopRequest) -> Iterator[Event]:
    """Train from `progress` to the end. Everything lies in its events; the last `Saved` has `progress.finished`.

    Raises:
        Stopped: a signal arrived; the state is saved.
        NonFiniteError: loss, gradient or weights are NaN or infinite; the last good checkpoint stands.
        ResourceError: not even one row fits into memory, or the disk is full.
    """
    began = time.perf_counter() - progress.wall_seconds
    order_of = -1
    order: NDArray[np.int64] | Permutation = np.zeros(0, dtype=np.int64)
    job.method.train_mode(job.model)
    while not progress.finished:
        step = progress.step
        epoch, _ = job.plan.epoch_of(step)
        if epoch != order_of:
            order_of, order = epoch, job.plan.order(epoch)
        rows = job.plan.samples(step, order)
        factor = job.schedule.factor(step, job.steps)
        set_learning_rate(job.optimizer, factor)
        if not job.model.training:  # a validation came between
            job.method.train_mode(job.model)
        update, budget = _exact_update(job, rows, step, progress.token_budget)
        _refuse_other_rows(job, rows, step, update)
        if job.training.average_power is not None:
            follow_weights(job.optimizer, step, job.training.average_power)
        if budget != progress.token_budget:
            yield Noted(
                step, f"Memory ran short: the token budget is now {budget}; the batch stays {len(rows)} samples."
            )
        progress = progress.having(
            step=step + 1,
            token_budget=budget,
            rows=progress.rows + update.rows,
            tokens=progress.tokens + update.tokens,
            real_tokens=progress.real_tokens + job.plan.real_tokens(rows),
            seconds=progress.seconds + update.seconds,
            wall_seconds=time.perf_counter() - began,
            peak_bytes=max(progress.peak_bytes, peak_bytes(job.device)),
            scaler=job.stepper.scaler.state_dict(),
        )
        peak = float(job.optimizer.param_groups[0]["lr"])
        yield Stepped(progress.step, progress.step / job.plan.steps_per_epoch, update, peak, progress)
        progress = yield from _after_step(job, progress, stop, began)


def _after_step(job: Job, progress: Progress, stop: StopRequest, began: float) -> Generator[Event, None, Progress]:
    """Validate, save and stop where due; returns the progress that holds from here."""
    # all processes stop after the same step, whichever of them the signal reached first
    stop_number, peak = map(int, job.world.largest(stop.signal_number, progress.peak_bytes))
    progress = progress.having(peak_bytes=peak)
    at_end = progress.step >= job.steps
    every = job.training.validate_every or job.plan.steps_per_epoch
    validates = job.validate is not None and (at_end or progress.step % every == 0)
    best = False
    if validates and job.validate is not None:
        job.model.eval()
        with averaged_weights(job.optimizer):
            metrics = job.validate()
        progress, best = _judge(job, progress, metrics)
        yield Validated(progress.step, metrics, best, progress)
        patience = job.training.early_stopping.patience if job.training.early_stopping else math.inf
        if not at_end and progress.without_gain >= patience:
            progress = progress.having(stopped_early=True)
            at_end = True
    progress = progress.having(finished=at_end, wall_seconds=time.perf_counter() - began)
    every_steps = job.training.checkpoint_every
    due = every_steps is not None and progress.step % every_steps == 0
    at_epoch_end = progress.step % job.plan.steps_per_epoch == 0
    if at_end or validates or due or at_epoch_end or stop_number:
        yield Saved(progress.step, _save(job, progress), progress)
    if stop_number and not progress.finished:
        job.world.together()  # nobody leaves, and nothing is said, before the leader has saved
        raise Stopped(
            stop_number,
            f"Stopped by {signal.Signals(stop_number).name} after step {progress.step} of {job.steps}; "
            f"the state is saved.\n  Go on with: tunewright train {job.folder.recipe} --resume",
        )
    return progress


def _exact_update(job: Job, rows: NDArray[np.int64], step: int, budget: int) -> tuple[Update, int]:
    """One update; a shortage of memory halves the budget and replays the step with the same samples.

    Masks are drawn anew for the smaller pieces, from the step's seed: where there is dropout they are other ones.
    """
    seed = int(np.random.SeedSequence([job.training.seed, step, job.world.rank]).generate_state(1, np.uint64)[0] >> 1)
    choices = int(np.random.SeedSequence([job.training.seed, step]).generate_state(1, np.uint64)[0] >> 1)
    job.stepper.number = step
    while True:
        pieces = job.plan.cut(rows, job.world.rank, budget)
        try:
            return job.stepper.update(pieces, len(rows), seed, choices), budget
        except NonFiniteError as error:
            raise NonFiniteError(f"Step {step + 1} of {job.steps} went wrong. {error}") from None
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            lower = _lower_budget(job, rows, budget)
            if lower is None or job.stepper.sharded:
                raise ResourceError(_too_large(step, lower)) from error
        # outside of `except`: the error's frames, which hold the failed step's tensors, are gone here
        job.optimizer.zero_grad(set_to_none=True)
        job.stepper.lanes.clear_gradients()
        free()
        budget = lower


def _lower_budget(job: Job, rows: NDArray[np.int64], budget: int) -> int | None:
    """Half of what the largest piece of any process takes, so that all agree; None where no piece can be cut."""
    pieces = [piece for rank in range(job.world.size) for piece in job.plan.cut(rows, rank, budget) if len(piece)]
    if max(len(piece) for piece in pieces) <= 1:
        return None
    return max(1, min(budget, max(job.plan.tokens(piece) for piece in pieces)) // 2)


def _too_large(step: int, lower: int | None) -> str:
    if lower is None:
        return (
            f"Step {step + 1} does not fit into memory even one row at a time.\n"
            "  Lower data.max_length, freeze layers (method.kind=freeze), or use a smaller model."
        )
    return (
        f"Step {step + 1} does not fit into memory. With training.sharding=full the processes wait for each other "
        "inside every layer, so that one of them cannot repeat a step with fewer tokens.\n"
        f"  Go on from the last checkpoint with less at a time: training.token_budget={lower} --resume"
    )


def _refuse_other_rows(job: Job, rows: NDArray[np.int64], step: int, update: Update) -> None:
    """The rows that all processes together have computed must be those of the step, each once."""
    wanted = tally([rows])
    if update.tally != wanted:
        raise RunError(
            f"Step {step + 1} did not train on the rows that it should: their tally is {update.tally} instead of "
            f"{wanted}.\n  Rows were lost or repeated among {job.world.size} processes. Nothing after the last "
            "checkpoint is to be trusted; this is a bug of tunewright, please report it."
        )


def _judge(job: Job, progress: Progress, metrics: Mapping[str, float]) -> tuple[Progress, bool]:
    """Compare with the best value so far; a value that is not a number is never better, and of two that are the same
    the one with the lower loss is."""
    value = metrics[job.select_by]
    sign = 1.0 if job.higher_is_better else -1.0
    least = job.training.early_stopping.min_delta if job.training.early_stopping else 0.0
    finite = math.isfinite(value)
    loss = metrics.get("loss", math.nan)
    lower = progress.best_loss is not None and loss < progress.best_loss
    gain = sign * (value - progress.best_value) if progress.best_value is not None else math.inf
    best = finite and (gain > 0.0 or (gain == 0.0 and lower))
    if best:
        progress = progress.having(
            best_step=progress.step, best_value=value, best_loss=loss if math.isfinite(loss) else None
        )
    if finite and (progress.gained_at is None or sign * (value - progress.gained_at) > least):
        return progress.having(without_gain=0, gained_at=value), best
    return progress.having(without_gain=progress.without_gain + 1), best


def _save(job: Job, progress: Progress) -> Path:
    """Seal a checkpoint, then remove those no longer needed. Weights that are not finite are never saved."""
    state = gather_state(job.model, job.method, job.optimizer, keep=job.world.leads)
    target = job.folder.checkpoint(progress.step)
    if not job.world.leads:
        return target
    weights = {name: state.weights[name] for name in job.stepper.parameters}
    norms = torch._foreach_norm(list(weights.values()), math.inf)
    bad = [name for name, norm in zip(weights, norms, strict=True) if not math.isfinite(float(norm))]
    if bad:
        raise NonFiniteError(
            f"{len(bad)} weights are no longer finite after step {progress.step}, {bad[0]} among them; "
            "the last good checkpoint is kept.\n"
            "  Try a lower training.learning_rate or training.precision=fp32."
        )
    commit_folder(target, lambda f: write_state(f, state, progress))
    spared = [progress.best_step] if progress.best_step else []
    prune(job.folder.checkpoints, job.training.keep_checkpoints, spared)
    return target
