"""Trainings of a tiny model: everything the loop takes, and a way to let it run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from trial import Trial

from tunewright.data.plan import StepPlan
from tunewright.models.anatomy import anatomy
from tunewright.recipe import Training
from tunewright.records import RunFolder
from tunewright.training.loop import Event, Job, Saved, total_steps, train
from tunewright.training.signals import StopRequest
from tunewright.training.state import Progress
from tunewright.training.world import World


@dataclass
class Course:
    """A job, what it left behind, and where it stands."""

    bench: Trial
    job: Job
    progress: Progress
    events: list[Event] = field(default_factory=list)

    def run(
        self, progress: Progress | None = None, each: Callable[[Event, StopRequest], None] | None = None
    ) -> Progress:
        """Let the loop run; `each` sees every event and may ask for a stop."""
        stop = StopRequest()
        for event in self.follow(progress, stop):
            if each:
                each(event, stop)
        return self.progress

    def follow(self, progress: Progress | None = None, stop: StopRequest | None = None) -> Iterator[Event]:
        """The events, kept as they come."""
        for event in train(self.job, progress or self.progress, stop or StopRequest()):
            self.events.append(event)
            if isinstance(event, Saved):
                self.progress = event.progress
            yield event

    def kinds(self) -> list[str]:
        """What happened, in order."""
        return [type(event).__name__ for event in self.events]

    def weights(self) -> dict[str, Tensor]:
        return self.bench.weights()


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., Course]:
    """Makes a course over 24 rows, 6 steps an epoch; keyword arguments are those of a recipe's `training`."""

    def make(
        name: str = "run",
        *,
        family: str = "bert",
        method: str | Any = "full",
        dropout: float = 0.0,
        budget: int = 4096,
        validate: Callable[[], Mapping[str, float]] | None = None,
        select_by: str = "accuracy",
        higher_is_better: bool = True,
        **settings: Any,
    ) -> Course:
        given = {"epochs": 2.0, "batch_size": 4, "learning_rate": 1e-3, "schedule": "constant"} | settings
        training = Training(**given)
        bench = Trial(family, method, rows=24, dropout=dropout, training=training)
        plan = StepPlan(bench.encoded.lengths, training.batch_size, budget, training.seed)
        job = Job(
            model=bench.model,
            method=bench.method,
            optimizer=bench.optimizer,
            stepper=bench.stepper,
            plan=plan,
            schedule=training.schedule,
            training=training,
            steps=total_steps(plan, training),
            device=torch.device("cpu"),
            world=World(),
            folder=RunFolder(tmp_path / name),
            validate=validate,
            select_by=select_by,
            higher_is_better=higher_is_better,
        )
        assert anatomy(bench.plain).layers
        return Course(bench, job, Progress(token_budget=budget))

    return make
