"""Runs that are killed once each, half of them inside a save, and then started again until they are done."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from benchmarks.forks import Attempt, Blow, Told

__all__ = ["Side", "trials"]

MOST_STARTS = 8


class Side(Protocol):
    """What is killed. The undisturbed run is done when trials begin."""

    told: Told
    folder: Path
    seconds: float
    """Of the undisturbed run."""
    saves: int
    save_seconds: float

    def attempt(self, run: Path, blow: Blow) -> Attempt:
        """Start the training of a run, or go on with it."""

    def exact(self, run: Path) -> bool:
        """Whether a finished run holds the weights of the undisturbed one, bit for bit."""

    def checkpoints(self, run: Path) -> list[Path]:
        """Oldest first."""


def trials(side: Side, kills: int, seed: int) -> list[dict[str, Any]]:
    """Kill so many runs; what became of each."""
    generator = np.random.default_rng(seed)
    found: list[dict[str, Any]] = []
    number = 0
    while len(found) < kills:
        number += 1
        if number % 2:
            save = int(generator.integers(1, side.saves + 1))
            blow = Blow(at_save=save, after_seconds=float(generator.uniform(0, side.save_seconds)))
        else:
            blow = Blow(after_seconds=float(generator.uniform(0.01, side.seconds)))
        run = side.folder / f"run-{number}"
        struck = side.attempt(run, blow)
        if struck.status < 0:  # the others were done before
            found.append({"saving": struck.saving} | _goes_on(side, run))
        shutil.rmtree(run, ignore_errors=True)
    return found


def _goes_on(side: Side, run: Path) -> dict[str, Any]:
    """Start again by the same command. Where that fails, do what a person would: remove the newest checkpoint."""
    interventions, error = 0, ""
    for _ in range(MOST_STARTS):
        last = side.attempt(run, Blow())
        if last.status == 0:
            break
        error = error or (last.log.strip().splitlines() or [""])[-1]
        left = side.checkpoints(run)
        interventions += 1
        if left:
            shutil.rmtree(left[-1])
    done = last.status == 0
    exact = done and side.exact(run)
    return {"done": done, "interventions": interventions, "exact": exact, "error": error}
