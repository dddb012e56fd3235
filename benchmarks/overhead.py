"""What the training loop costs beside bare forward, backward and optimizer step. Wanted: under 3%.

    python -m benchmarks.overhead [--work NAME] [--method NAME] [--rows N] [--full]

A real training runs (`tunewright.train`). After each of its steps another one is computed, bare: micro-batches of a
later epoch that lie ready, the same lanes and precision, a plain optimizer step. So both are measured in turn, on one
machine at one moment. Not the same micro-batches once more: those would find the kernels for their shapes made, which
was measured to save a tenth of the time, and to look like a cost of the loop. Times are compared by the token. All that
the loop does beside counts as its cost: cutting the step, making batches, clipping, checks for NaN, the journal. What
happens between epochs (a checkpoint) is left out, as are the first steps.
"""

from __future__ import annotations

import argparse
import importlib
import statistics
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch

import tunewright
from benchmarks.models import model_name
from benchmarks.results_file import append
from benchmarks.results_line import FOLDER, ROOT
from benchmarks.timeline import WARM_UP
from benchmarks.work import METHODS, WORKS, Work, recipe_fields
from tunewright.inputs import Batch
from tunewright.models.device import best_device, thread_count, use_threads
from tunewright.models.precision import autocast
from tunewright.training.lanes import Lane
from tunewright.training.loop import Job
from tunewright.training.observer import Silent
from tunewright.training.step import Update

__all__ = ["main", "measured"]

Times = tuple[float, float]
"""Wall seconds and CPU seconds."""


def main(arguments: list[str] | None = None) -> None:
    """Measure one workload and print the loop's cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", choices=tuple(WORKS), default="tickets")
    parser.add_argument("--method", choices=tuple(METHODS), default="full")
    parser.add_argument("--rows", type=int, help="training rows, instead of the quick size's")
    parser.add_argument("--full", action="store_true", help="the workload at its full size")
    parser.add_argument("--results", type=Path, default=FOLDER, help="where the line of JSON goes")
    options = parser.parse_args(arguments)
    if best_device().type != "cpu":
        parser.error("steps of a GPU are not waited for here: the figures are of CPUs alone (CUDA_VISIBLE_DEVICES=)")
    work = WORKS[options.work].sized(not options.full, options.rows)
    with use_threads(thread_count(None)):
        found = measured(work, options.method, ROOT / "runs" / "benchmarks" / "models")
        kept = {"work": work.name, "method": options.method, "rows": work.rows} | found
        print("written to", append("overhead", kept, options.results))
    for name, figures in (("wall", found["wall"]), ("CPU", found["cpu"])):
        print(
            f"{name:>5}: loop {figures['loop_ms']:.1f} ms a step, bare {figures['bare_ms']:.1f} ms, overhead "
            f"{figures['overhead']:+.1%} (median of the steps {figures['median_overhead']:+.1%})"
        )
    print(
        f"{found['lanes']} lanes, {found['steps']} steps; in it {found['norm_ms']:.1f} ms for the gradient's norm, "
        f"{found['outside_ms']:.1f} ms outside of the update (cutting the step, the journal)"
    )


def measured(work: Work, method: str, models: Path) -> dict[str, Any]:
    """Train, and answer what the loop took beside the bare steps, in wall and in CPU time, and the tokens of both.

    Raises:
        ValueError: too few steps are left after the warm-up.
    """
    module: Any = importlib.import_module("tunewright.pipeline.fit")
    beside = _Beside()
    loop = module.train

    def watched(job: Job, *rest: Any) -> Generator[Any, None, None]:
        beside.job = job
        yield from loop(job, *rest)

    with tempfile.TemporaryDirectory(prefix="overhead-") as scratch, mock.patch.object(module, "train", watched):
        fields = recipe_fields(work, method, 0, model_name(work.model, models))
        tunewright.train(tunewright.Recipe(**fields, output=str(Path(scratch) / "run")), observer=beside)
    assert beside.job is not None
    per_epoch = beside.job.plan.steps_per_epoch
    counted = [i for i in range(len(beside.loop)) if i >= WARM_UP and i % per_epoch != 0]
    if len(counted) < 2:
        raise ValueError(f"{len(beside.loop)} steps, {len(counted)} of them after the warm-up: take more rows.")
    tokens = [beside.tokens[i] for i in counted]
    outside = [beside.loop[i][0] - beside.update[i] for i in counted]
    return {
        "steps": len(counted),
        "lanes": beside.lanes,
        "loop_tokens": sum(of_loop for of_loop, _ in tokens),
        "bare_tokens": sum(of_bare for _, of_bare in tokens),
        "wall": _figures([beside.loop[i][0] for i in counted], [beside.bare[i][0] for i in counted], tokens),
        "cpu": _figures([beside.loop[i][1] for i in counted], [beside.bare[i][1] for i in counted], tokens),
        "norm_ms": min(beside.norm) * 1e3,
        "outside_ms": statistics.median(outside) * 1e3,
    }


def _figures(loop: list[float], bare: list[float], tokens: list[tuple[int, int]]) -> dict[str, float]:
    rates = [sum(loop) / sum(a for a, _ in tokens), sum(bare) / sum(b for _, b in tokens)]
    each = [(a / m) / (b / n) for a, b, (m, n) in zip(loop, bare, tokens, strict=True)]
    return {
        "loop_ms": sum(loop) / len(loop) * 1e3,
        "bare_ms": sum(bare) / len(bare) * 1e3,
        "overhead": rates[0] / rates[1] - 1,
        "median_overhead": statistics.median(each) - 1,
    }


class _Beside(Silent):
    """An observer that computes a step of its own after each, and keeps the times of both."""

    def __init__(self) -> None:
        self.job: Job | None = None
        self.loop: list[Times] = []
        self.bare: list[Times] = []
        self.norm: list[float] = []
        self.update: list[float] = []
        self.tokens: list[tuple[int, int]] = []
        self.lanes = 1
        self._since: Times = (0.0, 0.0)

    def training_starts(self, done: int, total: int) -> None:
        """The first step begins."""
        self._since = _now()

    def step(self, step: int, epoch: float, update: Update, learning_rate: float) -> None:
        """A step is done; the next begins when this returns."""
        self.loop.append(_elapsed(self._since))
        self.update.append(update.seconds)
        taken, tokens = self._bare(step - 1)
        self.bare.append(taken)
        self.tokens.append((update.tokens, tokens))
        self._since = _now()

    def _bare(self, step: int) -> tuple[Times, int]:
        assert self.job is not None
        job, stepper = self.job, self.job.stepper
        whole = -(-job.steps // job.plan.steps_per_epoch) * job.plan.steps_per_epoch
        rows = job.plan.samples(whole + step)  # the same place in an epoch that the loop never comes to
        self.lanes = count = len(stepper.lanes)
        batches = [stepper.make_batch(piece) for piece in job.plan.cut(rows) if len(piece)]
        shares = [batches[lane::count] for lane in range(count)]

        def compute(lane: Lane, share: list[Batch]) -> None:
            lane.masks.seed(step)
            with autocast(stepper.precision, job.device):
                for batch in share:
                    (stepper.loss_of(lane.model, batch).sum / len(rows)).backward()  # type: ignore[no-untyped-call]

        start = _now()
        job.optimizer.zero_grad(set_to_none=True)
        stepper.lanes.map(compute, shares)
        stepper.lanes.gather_gradients()
        job.optimizer.step()
        taken = _elapsed(start)
        if step < WARM_UP:  # which are not counted: it would leave the next step a colder cache
            self._norm()
        return taken, sum(batch.tokens for batch in batches)

    def _norm(self) -> None:
        """What everyone pays who clips, and so most trainings: a norm over all gradients, as the loop takes it."""
        assert self.job is not None
        gradients = [p.grad for p in self.job.model.parameters() if p.grad is not None]
        start = time.perf_counter()
        self.job.stepper.lanes.share(lambda part: torch._foreach_norm(gradients[part]), gradients)
        self.norm.append(time.perf_counter() - start)


def _now() -> Times:
    return time.perf_counter(), time.process_time()


def _elapsed(since: Times) -> Times:
    wall, cpu = np.subtract(_now(), since)
    return float(wall), float(cpu)


if __name__ == "__main__":
    main()
