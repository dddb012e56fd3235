"""Kills and stops trainings, many a minute: a script that imports torch once and forks a child for every attempt.

    python forked_runs.py FOLDER METHOD SEED KILLS STOPS    prints one JSON object with what happened

A child runs the command line's `train ... --resume` as a user's script would, and dies where it was told to: after a
time from its start or from that of a save, or at the n-th call that changes the disk.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tiny_runs import leftovers, place_run, verified_in_process, weights

import tunewright.pipeline.finish
import tunewright.pipeline.fit
import tunewright.pipeline.stages
import tunewright.training.loop
from benchmarks.forks import PATIENCE, Attempt, Blow, Told, attempt
from tunewright.cli import main
from tunewright.pipeline.forecast import forecast
from tunewright.pipeline.prepare import prepare
from tunewright.recipe import Recipe, catalog
from tunewright.records import read_journal
from tunewright.training.observer import Silent

TRAINING = {"epochs": 3, "batch_size": 8, "checkpoint_every": 2, "learning_rate": 5e-3, "dropout": 0.1,
            "attention_dropout": 0.1, "precision": "fp32", "threads": 1}  # fmt: skip
METHODS: dict[str, dict[str, Any]] = {
    "full": {},
    "lora": {"method": {"kind": "lora", "rank": 4, "dropout": 0.1}, "training": TRAINING | {"average_power": 1.0}},
    "lanes": {},
}
"""`lanes` is full training whose micro-batches are computed by two threads; `lora` keeps the average of its weights."""
CHANGES_THE_DISK = ("fsync", "rename", "replace", "mkdir", "unlink", "rmdir")
AT_ONCE = 3
"""Processes that start one run at the same time."""

Run = tuple[dict[str, str], list[dict[str, Any]], set[str]]


class Trials:
    """Runs of a method, undisturbed once and then hit again and again."""

    def __init__(self, folder: Path, method: str, seed: int) -> None:
        self.folder, self.method, self.told = folder, method, Told()
        self.generator = np.random.default_rng([seed, list(METHODS).index(method)])
        self.log = folder / "child.log"
        recipe = {"training": TRAINING} | METHODS[method]
        self.recipe = place_run(folder, **recipe)
        self.forecast = forecast(prepare(Recipe.read(self.recipe), Silent()))
        done = self.attempt(run := folder / "undisturbed", Blow())
        if done.status != 0:
            raise SystemExit(f"The undisturbed run ended with {done.status}:\n{done.log}")
        self.seconds, self.calls, self.saves = done.seconds, self.told.calls, self.told.saves
        self.save_seconds, self.calls_in_saves = self.told.save_seconds, self.told.calls_inside_saves()
        self.expected = self.found(run)

    def attempt(self, run: Path, blow: Blow) -> Attempt:
        """One start of the command."""
        return attempt(functools.partial(self.work, run, blow), self.told, blow, self.log)

    def work(self, run: Path, blow: Blow, *others: str) -> int:
        """What a child does."""
        if self.method == "lanes":
            tunewright.pipeline.fit.lane_count = lambda *_: 2
        for name in CHANGES_THE_DISK:
            setattr(os, name, blow.counted(getattr(os, name), self.told))
        for module in (tunewright.training.loop, tunewright.pipeline.finish):
            module.commit_folder = _flagged(module.commit_folder, self.told)
        tunewright.training.loop._exact_update = _noted(tunewright.training.loop._exact_update, self.order(run))
        # a third of an attempt's time, and in no attempt anything that a kill could harm
        tunewright.pipeline.stages.forecast = lambda _: self.forecast
        with verified_in_process():
            return main(["train", str(self.recipe), f"output={run}", *(others or ("--resume",))])

    def order(self, run: Path) -> Path:
        """Where the rows of each step are noted, outside of the run."""
        return run.with_name(f"{run.name}.order")

    def found(self, run: Path) -> Run:
        """All that two runs are compared by: weights, journal and the rows of each step."""
        wanted = ("step", "loss", "learning_rate", "grad_norm", "rows", "tokens")
        events = [e for e in read_journal(run / "journal.jsonl") if e["event"] == "step"]
        order = set(self.order(run).read_text(encoding="utf-8").splitlines())
        return weights(run), [{name: event[name] for name in wanted} for event in events], order

    def blow(self, number: int = signal.SIGKILL, share: float = 1.0) -> Blow:
        """Half of the blows inside a save, the others at any call or any time, within the first share of a run: one
        that has been resumed is over sooner."""
        draw = self.generator.integers(12)
        before = bool(self.generator.integers(2))
        last = max(1, int(share * self.calls))
        if draw < 3:
            calls = [call for call in self.calls_in_saves if call <= last] or self.calls_in_saves[:1]
            return Blow(number, at_call=int(self.generator.choice(calls)), before=before)
        if draw < 7:  # one more than its share: some come too late
            save = int(self.generator.integers(1, max(2, int(share * self.saves) + 1)))
            return Blow(number, at_save=save, after_seconds=float(self.generator.uniform(0, self.save_seconds)))
        if draw < 8:
            return Blow(number, at_call=int(self.generator.integers(1, last + 1)), before=before)
        return Blow(number, after_seconds=float(self.generator.uniform(0.01, share * self.seconds)))

    def trial(self, index: str, blows: list[Blow]) -> dict[str, Any]:
        """One run, hit by each blow in turn, then left to finish."""
        run = self.folder / f"trial-{index}"
        attempts = [self.attempt(run, blow) for blow in blows]
        last = self.attempt(run, Blow())
        found, steps, order = self.found(run)
        expected, expected_steps, expected_order = self.expected
        return {
            "statuses": [one.status for one in attempts],
            "saving": [one.saving for one in attempts],
            "tracebacks": sum("Traceback" in one.log for one in [*attempts, last]),
            "last": last.status,
            "log": last.log[-2000:] if last.status else "",
            "different": sorted(k for k in expected.keys() | found.keys() if expected.get(k) != found.get(k)),
            "journal": steps == expected_steps,
            "order": order == expected_order,
            "leftovers": leftovers(run),
        }

    def killed(self, kills: int) -> list[dict[str, Any]]:
        """Trials until so many attempts were killed, a third of them inside a save."""
        trials: list[dict[str, Any]] = []
        found: list[bool] = []
        while len(found) < kills or sum(found) < len(found) / 3:
            blows = [self.blow(share=1 / (1 + hit)) for hit in range(int(self.generator.integers(2, 6)))]
            trials.append(self.trial(f"kill-{len(trials)}", blows))
            ends = zip(trials[-1]["statuses"], trials[-1]["saving"], strict=True)
            found += [saving for status, saving in ends if status == -signal.SIGKILL]
        return trials

    def stopped(self, count: int) -> list[dict[str, Any]]:
        """Trials that are each asked once to stop, until each signal was also answered while there was work."""
        trials: list[dict[str, Any]] = []
        answered: set[int] = set()
        for index in range(10 * count):
            if index >= count and len(answered) == 2:
                break
            number = (signal.SIGTERM, signal.SIGINT)[index % 2]
            trials.append(self.trial(f"stop-{index}", [self.blow(number)]) | {"signal": int(number)})
            answered |= {128 + number} & set(trials[-1]["statuses"])
        return trials

    def in_use(self) -> dict[str, Any]:
        """A second process comes while the first holds the folder, is sent away, and the first goes on unharmed."""
        run = self.folder / "in-use"
        first = os.fork()
        if first == 0:
            with _held_up(self.folder / "go-on"):
                done = attempt(functools.partial(self.work, run, Blow()), Told(), Blow(), self.folder / "first.log")
            os._exit(done.status)
        deadline = time.monotonic() + PATIENCE
        while not any(run.glob("checkpoints/step-*")) and time.monotonic() < deadline:
            time.sleep(0.01)
        owner = (run / ".lock").read_text(encoding="utf-8").strip()
        second = self.attempt(run, Blow())
        (self.folder / "go-on").touch()
        _, status = os.waitpid(first, 0)
        return {
            "second": second.status,
            "message": second.log,
            "process": owner,
            "first": os.waitstatus_to_exitcode(status),
            "different": self.found(run) != self.expected,
        }

    def at_once(self) -> dict[str, Any]:
        """Several processes start the same run at the same time, none of them told to resume."""
        run = self.folder / "at-once"
        children = []
        for index in range(AT_ONCE):
            log = self.folder / f"at-once-{index}.log"
            children.append((os.fork(), log))
            if children[-1][0] == 0:
                done = attempt(functools.partial(self.work, run, Blow(), "--json"), Told(), Blow(), log)
                os._exit(done.status)
        statuses = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child, _ in children]
        logs = [log.read_text(encoding="utf-8") for _, log in children]
        return {"statuses": statuses, "logs": logs, "different": self.found(run) != self.expected}


def _flagged(commit: Callable[..., Any], told: Told) -> Callable[..., Any]:
    def flagged(*arguments: Any, **named: Any) -> Any:
        with told.inside_a_save():
            return commit(*arguments, **named)

    return flagged


def _noted(update: Callable[..., Any], file: Path) -> Callable[..., Any]:
    """The same update, which first notes the step and its rows in order; one write a line, so that none is torn."""
    stream = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def noted(job: Any, rows: Any, step: int, budget: int) -> Any:
        os.write(stream, f"{step} {hashlib.sha256(rows.tobytes()).hexdigest()}\n".encode())
        return update(job, rows, step, budget)

    return noted


@contextlib.contextmanager
def _held_up(go_on: Path) -> Iterator[None]:
    """The first process waits in its finish until the second one has been there."""
    finish = tunewright.pipeline.stages.finish

    def waiting(*arguments: Any) -> Any:
        deadline = time.monotonic() + PATIENCE
        while not go_on.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        return finish(*arguments)

    tunewright.pipeline.stages.finish = waiting
    yield


def imported() -> None:
    """Import here once what every child would import."""
    for family in ("task", "method", "input", "loss", "schedule"):
        for kind in catalog.kinds(family):
            catalog.load(family, kind)


def run_trials() -> None:
    """Everything, printed as one JSON object."""
    torch.set_num_threads(1)
    imported()
    (seed, kills, stops) = map(int, sys.argv[3:6])
    trials = Trials(Path(sys.argv[1]), sys.argv[2], seed)
    found: dict[str, Any] = {"killed": trials.killed(kills), "stopped": trials.stopped(stops)}
    if trials.method == "full":
        found |= {"in_use": trials.in_use(), "at_once": trials.at_once()}
    print(json.dumps(found | {"cpu_seconds": sum(os.times()[:4])}))


if __name__ == "__main__":
    run_trials()
