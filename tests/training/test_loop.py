"""The loop: what happens in which order, what it does when things go wrong, and going on after a stop."""

from __future__ import annotations

import math
import signal
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tunewright.errors import NonFiniteError, ResourceError, Stopped
from tunewright.inputs import Batch
from tunewright.losses import LossSum
from tunewright.recipe import Training
from tunewright.records.checkpoint import newest_valid
from tunewright.training import loop
from tunewright.training.loop import Noted, Saved, Stepped, Validated, total_steps
from tunewright.training.signals import StopRequest
from tunewright.training.state import read_progress, read_weights, restore

CPU_MESSAGE = "DefaultCPUAllocator: can't allocate memory: you tried to allocate 99999999999 bytes"


def scores(values: list[float], metric: str = "accuracy") -> Callable[[], dict[str, float]]:
    """A validation that answers with these values, one after another."""
    left: Iterator[float] = iter(values)
    return lambda: {metric: next(left), "loss": 1.0}


def same(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def go_on(course: Any) -> Any:
    """Put the newest whole checkpoint of a course's folder into it."""
    found = newest_valid(course.job.folder.checkpoints)
    restore(found.folder, course.bench.model, course.bench.method, course.bench.optimizer)
    course.progress = read_progress(found.folder)
    return course


# --- the order of events ---------------------------------------------------------------------------------------------


def test_events_come_in_their_order(start) -> None:
    """Danger: a checkpoint written before the validation it should remember, or a step told twice."""
    course = start(validate=scores([0.5, 0.6]), epochs=2.0)
    course.run()
    assert course.kinds() == [*["Stepped"] * 6, "Validated", "Saved"] * 2
    assert [event.step for event in course.events] == [1, 2, 3, 4, 5, 6, 6, 6, 7, 8, 9, 10, 11, 12, 12, 12]
    assert course.events[5].epoch == 1.0
    assert course.progress.finished
    assert not course.progress.stopped_early


def test_progress_adds_up(start) -> None:
    """Danger: rows/s and tokens/s of a report that are not those of the run."""
    course = start(epochs=1.5)
    progress = course.run()
    assert progress.step == 9
    assert progress.rows == 36
    steps = [event for event in course.events if isinstance(event, Stepped)]
    assert progress.tokens == sum(event.update.tokens for event in steps) >= progress.real_tokens > 0
    lengths = course.job.plan.lengths
    assert progress.real_tokens == sum(int(lengths[course.job.plan.samples(step)].sum()) for step in range(9))
    assert progress.seconds == pytest.approx(sum(event.update.seconds for event in steps))
    assert progress.wall_seconds >= progress.seconds
    assert progress.peak_bytes > 0


def test_the_rate_follows_the_schedule(start) -> None:
    """Danger: a schedule that is one step ahead of the update it belongs to."""
    course = start(schedule={"kind": "linear", "warmup_ratio": 0.25}, epochs=2.0, learning_rate=0.01)
    course.run()
    rates = [event.learning_rate for event in course.events if isinstance(event, Stepped)]
    assert rates == pytest.approx([0.01 * course.job.schedule.factor(step, 12) for step in range(12)])
    assert rates[0] < rates[2] < rates[3]
    assert rates[3] > rates[11]


@pytest.mark.parametrize(
    ("settings", "steps"),
    [({"epochs": 2.0}, 12), ({"epochs": 0.5}, 3), ({"epochs": 0.01}, 1), ({"epochs": 2.0, "max_steps": 5}, 5),
     ({"epochs": 1.0, "max_steps": 50}, 6), ({"epochs": 1 / 3}, 2)],
)  # fmt: skip
def test_how_many_steps_a_run_has(start, settings: dict[str, float], steps: int) -> None:
    """Danger: one step too many at the edge of an epoch, from the last bit of a float."""
    course = start(**settings)
    assert course.job.steps == total_steps(course.job.plan, Training(batch_size=4, **settings)) == steps
    assert course.run().step == steps


def test_validations_and_checkpoints_where_they_are_asked_for(start) -> None:
    """Danger: checkpoints every step, or none between validations."""
    course = start(validate=scores([0.1] * 9), epochs=2.0, validate_every=5, checkpoint_every=4, keep_checkpoints=99)
    course.run()
    assert [e.step for e in course.events if isinstance(e, Validated)] == [5, 10, 12]
    assert [e.step for e in course.events if isinstance(e, Saved)] == [4, 5, 6, 8, 10, 12]
    assert all(
        event.folder == course.job.folder.checkpoint(event.step) for event in course.events if isinstance(event, Saved)
    )


def test_without_validation_epochs_are_saved(start) -> None:
    """Danger: a run of hours without a checkpoint because there is nothing to validate on."""
    course = start(epochs=2.0)
    course.run()
    assert [e.step for e in course.events if isinstance(e, Saved)] == [6, 12]
    assert course.progress.best_step == 0


@pytest.mark.parametrize("method", ["full", "freeze"])
def test_the_model_trains_after_each_validation(start, method) -> None:
    """Danger: dropout stays off from the first validation to the end, or comes on in frozen layers."""
    seen = []
    course = start(epochs=2.0, dropout=0.2, method=method)
    course.job = Job_with(course, validate=lambda: seen.append(course.bench.model.training) or {"accuracy": 0.5})
    modes = []
    plain = course.bench.stepper.update
    course.bench.stepper.update = lambda *a: (
        modes.append([m.training for m in course.bench.model.modules()]),
        plain(*a),
    )[1]
    course.run()
    assert seen == [False, False]
    course.job.method.train_mode(course.bench.model)
    assert modes == [[m.training for m in course.bench.model.modules()]] * 12
    assert modes[0][0] and all(modes[0]) == (method == "full")


def Job_with(course: Any, **changes: Any) -> Any:  # noqa: N802
    """The course's job with some fields replaced."""
    return loop.Job(**({name: getattr(course.job, name) for name in loop.Job.__dataclass_fields__} | changes))


def test_a_validation_that_draws_numbers_changes_no_weight(start) -> None:
    """Danger: validating more often gives another model. Dropout follows from the step's number alone."""
    quiet = start("quiet", epochs=1.0, dropout=0.3, validate=scores([0.5] * 9), validate_every=6)
    quiet.run()
    noisy = start("noisy", epochs=1.0, dropout=0.3, validate_every=1)
    noisy.job = Job_with(noisy, validate=lambda: {"accuracy": float(torch.rand(1))})
    noisy.run()
    assert same(quiet.weights(), noisy.weights())


# --- the best model --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("higher", "best"), [(True, 3), (False, 2)])
def test_the_best_step_in_the_metrics_own_direction(start, higher: bool, best: int) -> None:
    """Danger: the worst model kept, for a metric of which less is better."""
    course = start(validate=scores([0.5, 0.2, 0.9, 0.4]), epochs=4.0, higher_is_better=higher)
    progress = course.run()
    assert progress.best_step == best * 6
    assert progress.best_value == (0.9 if higher else 0.2)
    marks = [event.best for event in course.events if isinstance(event, Validated)]
    assert marks == ([True, False, True, False] if higher else [True, True, False, False])


def test_the_best_checkpoint_outlives_newer_ones(start) -> None:
    """Danger: the best model pruned to make room for worse ones."""
    course = start(validate=scores([0.2, 0.9, 0.3, 0.4, 0.5]), epochs=5.0, keep_checkpoints=1)
    best: dict[str, Tensor] = {}
    course.run(
        each=lambda event, stop: best.update(course.weights()) if isinstance(event, Validated) and event.best else None
    )
    kept = sorted(folder.name for folder in course.job.folder.checkpoints.iterdir())
    assert kept == ["step-000012", "step-000030"]
    read_weights(course.job.folder.checkpoint(course.progress.best_step), course.bench.model, course.bench.method)
    assert same(course.weights(), best)


def test_of_steps_that_are_equally_good_the_lower_loss_is_the_better(start) -> None:
    """Danger: an easy task is right on all validation rows at once, and the model of the first steps, which is sure of
    nothing, is kept."""
    seen = iter([(0.9, 0.8), (1.0, 0.7), (1.0, 0.2), (1.0, 0.3), (1.0, math.nan), (0.9, 0.1)])
    course = start(validate=lambda: dict(zip(("accuracy", "loss"), next(seen), strict=True)), epochs=6.0)
    progress = course.run()
    assert (progress.best_step, progress.best_value, progress.best_loss) == (18, 1.0, 0.2)
    marks = [event.best for event in course.events if isinstance(event, Validated)]
    assert marks == [True, True, True, False, False, False]


def test_a_metric_that_is_no_number_is_never_the_best(start) -> None:
    """Danger: NaN compares false with everything, and so stays the best for ever."""
    course = start(validate=scores([float("nan"), 0.3, float("nan"), 0.2]), epochs=4.0)
    progress = course.run()
    assert (progress.best_step, progress.best_value) == (12, 0.3)
    never = start("never", validate=scores([float("nan")] * 2), epochs=2.0)
    assert never.run().best_step == 0


def test_early_stopping_counts_validations_without_gain(start) -> None:
    """Danger: patience that counts from the start, or a stop one validation too early."""
    course = start(validate=scores([0.5, 0.6, 0.6, 0.55, 0.9]), epochs=5.0, early_stopping={"patience": 2})
    progress = course.run()
    assert progress.step == 24
    assert progress.stopped_early
    assert progress.finished
    assert progress.best_step == 12
    assert course.kinds()[-1] == "Saved"


def test_a_small_gain_is_the_best_and_no_reason_to_go_on(start) -> None:
    """Danger: a better model thrown away because it was not better by enough."""
    course = start(
        validate=scores([0.50, 0.52, 0.54, 0.9]), epochs=4.0, early_stopping={"patience": 2, "min_delta": 0.1}
    )
    progress = course.run()
    assert progress.stopped_early
    assert (progress.step, progress.best_step, progress.best_value) == (18, 18, 0.54)


def test_small_gains_that_add_up_are_a_gain(start) -> None:
    """Danger: slow and steady progress stopped, because each step of it is small."""
    values = [0.50, 0.56, 0.62, 0.68, 0.74, 0.80]
    course = start(validate=scores(values), epochs=6.0, early_stopping={"patience": 2, "min_delta": 0.1})
    assert not course.run().stopped_early


# --- stopping and going on -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_saves_and_stops(start, number: signal.Signals, code: int) -> None:
    """Danger: the work of hours lost because a cluster took its machine back."""
    course = start(epochs=2.0)

    def stop_at_4(event: Any, stop: StopRequest) -> None:
        if isinstance(event, Stepped) and event.step == 4:
            stop.signal_number = number

    with pytest.raises(Stopped, match=f"Stopped by {number.name} after step 4 of 12") as caught:
        course.run(each=stop_at_4)
    assert caught.value.exit_code == code
    assert "--resume" in str(caught.value)
    assert course.kinds() == [*["Stepped"] * 4, "Saved"]
    assert newest_valid(course.job.folder.checkpoints).step == 4
    assert not course.progress.finished


def test_a_signal_at_the_very_end_is_an_end(start) -> None:
    """Danger: a finished run that reports it was stopped, and is resumed for nothing."""
    course = start(epochs=1.0)
    progress = course.run(
        each=lambda event, stop: setattr(stop, "signal_number", signal.SIGTERM) if event.step == 6 else None
    )
    assert progress.finished


@pytest.mark.parametrize("method", ["full", "freeze", "lora", "adapter"])
@pytest.mark.parametrize("stopped_after", [1, 6, 8])
def test_a_resumed_run_ends_at_the_same_bits(start, method: str, stopped_after: int) -> None:
    """Danger: almost the same weights. Order, dropout, moments, schedule and the best value must all go on."""
    settings = {
        "method": method, "epochs": 2.0, "dropout": 0.3, "validate_every": 4, "schedule": {"kind": "cosine"},
    }  # fmt: skip
    whole = start("whole", validate=scores([0.7, 0.6, 0.5]), **settings)
    finished = whole.run()

    first = start("parts", validate=scores([0.7, 0.6, 0.5]), **settings)
    stop = StopRequest()
    with pytest.raises(Stopped):
        for event in first.follow(stop=stop):
            if isinstance(event, Stepped) and event.step == stopped_after:
                stop.signal_number = signal.SIGTERM
    left = [0.7, 0.6, 0.5][stopped_after // 4 :]
    second = go_on(start("parts", validate=scores(left), **settings))
    torch.manual_seed(987)
    progress = second.run()
    assert [e.step for e in second.events if isinstance(e, Stepped)] == list(range(stopped_after + 1, 13))
    assert same(whole.weights(), second.weights())
    assert (progress.best_step, progress.best_value) == (finished.best_step, finished.best_value) == (4, 0.7)
    assert progress.rows == finished.rows
    assert progress.tokens == finished.tokens
    losses = [e.update.loss for e in first.events + second.events if isinstance(e, Stepped)]
    assert losses == [e.update.loss for e in whole.events if isinstance(e, Stepped)]


def test_a_finished_run_does_nothing_more(start) -> None:
    """Danger: resuming a finished run trains it further."""
    course = start(epochs=1.0)
    course.run()
    before = course.weights()
    assert list(course.follow()) == []
    assert same(course.weights(), before)


# --- memory ----------------------------------------------------------------------------------------------------------


def starve(course: Any, most_tokens: int, error: Exception) -> list[int]:
    """Let memory run out for batches over a size, before or after the forward; answers with the sizes that passed."""
    plain, passed = course.bench.stepper.make_batch, []

    def make(rows: np.ndarray) -> Batch:
        batch = plain(rows)
        if batch.arguments["input_ids"].numel() > most_tokens:
            raise error
        passed.append(batch.arguments["input_ids"].numel())
        return batch

    course.bench.stepper.make_batch = make
    return passed


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError(CPU_MESSAGE), MemoryError()], ids=repr
)
def test_a_shortage_of_memory_halves_the_budget_and_not_the_batch(start, error: Exception) -> None:
    """Danger: accelerate's way: the batch becomes 4 instead of 16, and the result another one."""
    course = start(epochs=1.0, dropout=0.3, budget=4096, batch_size=8)
    passed = starve(course, 60, error)
    progress = course.run()
    noted = [event for event in course.events if isinstance(event, Noted)]
    assert noted
    assert course.kinds()[: len(noted) + 1] == [*["Noted"] * len(noted), "Stepped"]
    assert str(progress.token_budget) in noted[-1].text
    assert "the batch stays 8 samples" in noted[0].text
    assert max(passed) <= 60
    assert {e.update.rows for e in course.events if isinstance(e, Stepped)} == {8}
    assert progress.token_budget < 64

    frugal = start("frugal", epochs=1.0, dropout=0.3, budget=progress.token_budget, batch_size=8)
    frugal.run()
    assert frugal.kinds().count("Noted") == 0
    for name, tensor in course.weights().items():
        assert torch.allclose(tensor, frugal.weights()[name], atol=1e-6), name


def test_a_shortage_in_the_backward_pass_replays_the_step(start) -> None:
    """Danger: half a step's gradients from before the shortage, and the whole step added to them."""
    course, plain = start(epochs=0.34, dropout=0.3), start("plain", epochs=0.34, dropout=0.3)
    starving = [True]

    class Greedy(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            return x.clone()

        @staticmethod
        def backward(ctx: Any, grad: Tensor) -> Tensor:
            if starving:
                starving.clear()
                raise RuntimeError(CPU_MESSAGE)
            return grad

    loss = course.bench.stepper.loss_of

    def greedy(model: Any, batch: Batch) -> LossSum:
        total, weight = loss(model, batch)
        return LossSum(Greedy.apply(total), weight)

    course.bench.stepper.loss_of = greedy
    course.run()
    assert course.kinds()[0] == "Noted"
    budget = course.progress.token_budget
    frugal = start("frugal", epochs=0.34, dropout=0.3, budget=budget)
    frugal.run()
    plain.run()
    assert all(torch.allclose(t, frugal.weights()[n], atol=1e-6) for n, t in course.weights().items())
    assert any(not torch.equal(t, plain.bench.start[n]) for n, t in course.weights().items())


@pytest.mark.parametrize("most_tokens", [0, 1])
def test_one_row_that_does_not_fit_is_told(start, most_tokens: int) -> None:
    """Danger: halving without end. Ends at one row a batch, with what can be done."""
    course = start(epochs=1.0)
    starve(course, most_tokens, torch.OutOfMemoryError("out of memory"))
    with pytest.raises(ResourceError, match="one row at a time") as caught:
        course.run()
    assert caught.value.exit_code == 75
    assert "max_length" in str(caught.value)


def test_short_rows_are_cut_down_to_one_as_well(start) -> None:
    """Danger: a smallest budget that still holds several short rows, tried again and again for ever."""
    course = start(epochs=1.0, budget=16)
    lengths = np.full(24, 3, dtype=np.int64)
    course.job = Job_with(course, plan=type(course.job.plan)(lengths, 4, 16, 0))
    plain = course.bench.stepper.make_batch

    def make(rows: np.ndarray) -> Batch:
        if len(rows) > 1:
            raise MemoryError
        return plain(rows)

    course.bench.stepper.make_batch = make
    assert course.run().finished


def test_other_errors_are_no_shortage(start) -> None:
    """Danger: a mistake in the code taken for a lack of memory and tried again with half the budget."""
    course = start(epochs=1.0)
    starve(course, 0, RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        course.run()
    assert course.kinds() == []


# --- numbers that are none -------------------------------------------------------------------------------------------


def test_a_broken_loss_keeps_the_last_good_checkpoint(start) -> None:
    """Danger: a checkpoint full of NaN in place of the last good one."""
    course = start(epochs=2.0, checkpoint_every=2)
    loss = course.bench.stepper.loss_of
    calls = iter(range(100))

    def breaks(model: Any, batch: Batch) -> LossSum:
        total, weight = loss(model, batch)
        return LossSum(total * torch.nan if next(calls) >= 5 else total, weight)

    course.bench.stepper.loss_of = breaks
    before: list[dict[str, Tensor]] = []
    with pytest.raises(NonFiniteError, match="the loss is nan"):
        course.run(each=lambda event, stop: before.append(course.weights()))
    assert same(course.weights(), before[-1])
    found = newest_valid(course.job.folder.checkpoints)
    assert found.step == 4
    go_on(course)
    assert all(bool(tensor.isfinite().all()) for tensor in course.weights().values())


def test_weights_that_are_no_numbers_are_never_saved(start) -> None:
    """Danger: an update that overflows: the loss before it was fine, and the weights after it are not."""
    course = start(epochs=1.0, checkpoint_every=2)

    def poison(event: Any, stop: StopRequest) -> None:
        if isinstance(event, Stepped) and event.step == 4:
            with torch.no_grad():
                course.bench.plain.classifier.bias[0] = torch.inf

    with pytest.raises(NonFiniteError, match="no longer finite after step 4"):
        course.run(each=poison)
    assert newest_valid(course.job.folder.checkpoints).step == 2
