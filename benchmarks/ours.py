"""One training by tunewright, as a user's command runs it: `tunewright.train` on a recipe, timed from outside."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

import tunewright
from benchmarks.timeline import Timeline
from tunewright.data.plan import StepPlan
from tunewright.models.device import best_device, default_token_budget
from tunewright.pipeline.prepare import prepare
from tunewright.records import Provenance, read_journal, read_record
from tunewright.training.observer import Silent
from tunewright.training.step import Update

__all__ = ["Clock", "train_ours"]


class Clock(Silent):
    """Notes when each step has ended: an observer, as the progress bar is one."""

    def __init__(self) -> None:
        self.timeline = Timeline()
        self._since: tuple[float, float] | None = None

    def phase(self, title: str) -> None:
        """A stage before the loop. One that computes for the loop is the loop's cost."""
        self._end_phase()
        if title.startswith("Computing"):
            self._since = time.perf_counter(), time.process_time()

    def _end_phase(self) -> None:
        if self._since is not None:
            wall, cpu = self._since
            self.timeline.before += time.perf_counter() - wall
            self.timeline.before_cpu += time.process_time() - cpu
            self._since = None

    def training_starts(self, done: int, total: int) -> None:
        """The loop's beginning."""
        self._end_phase()
        self.timeline.begin()

    def step(self, step: int, epoch: float, update: Update, learning_rate: float) -> None:
        """A step's end, when its line of the journal is written."""
        self.timeline.end_step()
        self.timeline.rows.append(update.rows)
        self.timeline.tokens.append(update.tokens)


def train_ours(fields: dict[str, Any], output: Path) -> tuple[Any, Timeline, dict[str, Any]]:
    """Train a recipe into `output`; answers the model as the run hands it over, the timeline, and what was said.

    The seconds run from the end of one step to the end of the next, so all that the loop does is in them: cutting the
    step, checks of its numbers, the journal. What frozen layers put out is computed before the loop; those seconds are
    counted too.
    """
    recipe = tunewright.Recipe(**fields, output=str(output))
    clock = Clock()
    run = tunewright.train(recipe, overwrite=True, observer=clock)
    prepared = prepare(recipe, Silent())
    lengths = prepared.train.encoded.lengths
    plan = StepPlan(lengths, recipe.training.batch_size, default_token_budget(best_device()), recipe.training.seed)
    for step in range(len(clock.timeline.ends)):
        of_step = lengths[plan.samples(step)]
        clock.timeline.real_tokens.append(int(of_step.sum()))
        clock.timeline.squares.append(int(np.square(of_step).sum()))
    provenance = read_record(run.folder.provenance, Provenance)
    steps = [event for event in read_journal(run.folder.journal) if event["event"] == "step"]
    told = {
        "precision": provenance.precision,
        "notes": list(provenance.notes),
        "journal_seconds": sum(event["seconds"] for event in steps),
        "last_loss": float(np.mean([event["loss"] for event in steps[-5:]])),
    }
    return run.model, clock.timeline, told
