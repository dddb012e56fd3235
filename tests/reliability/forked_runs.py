"""Kills and stops trainings, many a minute: a script that imports torch once and forks a child for every attempt.

    python forked_runs.py FOLDER SEED KILLS STOPS    prints one JSON object with what happened

A child runs the command line's `train ... --resume` as a user's script would, and dies where it was told to: after a
time, or at the n-th call that changes the disk. Forking is safe because this process has one thread and has computed
nothing before.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tiny_runs import leftovers, place_run, verified_in_process, weights

import tunewright.pipeline.finish
import tunewright.training.loop
from tunewright.cli import main
from tunewright.recipe import catalog
from tunewright.records import read_journal

COMMANDS = {
    "full": {},
    "lora": {"method": {"kind": "lora", "rank": 4, "dropout": 0.1}, "training__learning_rate": 1e-2},
}
TRAINING = {"epochs": 3, "batch_size": 8, "checkpoint_every": 2, "learning_rate": 5e-3, "dropout": 0.1,
            "attention_dropout": 0.1, "precision": "fp32", "threads": 1}  # fmt: skip
CHANGES_THE_DISK = ("fsync", "rename", "replace", "mkdir", "unlink", "rmdir")
PATIENCE = 60.0


@dataclass
class Told:
    """What a child and its parent both see: memory that outlives a kill."""

    memory: mmap.mmap = field(default_factory=lambda: mmap.mmap(-1, 1 << 20))

    @property
    def saving(self) -> bool:
        return self.memory[0] == 1

    @saving.setter
    def saving(self, value: bool) -> None:
        self.memory[0] = int(value)

    @property
    def calls(self) -> int:
        return int.from_bytes(self.memory[1:9], "little")

    def count(self) -> int:
        """One more call; remembers whether it fell inside a save."""
        number = self.calls + 1
        self.memory[1:9] = number.to_bytes(8, "little")
        self.memory[8 + number] = int(self.saving)
        return number

    def calls_inside_saves(self) -> list[int]:
        return [number for number in range(1, self.calls + 1) if self.memory[8 + number]]

    def clear(self) -> None:
        self.memory[:] = bytes(len(self.memory))


@dataclass(frozen=True)
class Blow:
    """How an attempt is ended: by whom, when, with which signal."""

    number: int = signal.SIGKILL
    at_call: int = 0
    """The child hits itself at this call that changes the disk; 0 never."""
    before: bool = False
    """Whether it does so before the call is made."""
    after_seconds: float = 0.0
    """The parent hits the child after this time; 0 never."""


@dataclass
class Attempt:
    """How a child ended."""

    status: int
    """Exit status, or minus the signal."""
    saving: bool
    seconds: float
    log: str


def hooked(told: Told, blow: Blow) -> None:
    """Count what changes the disk, and strike at the call that was chosen."""
    for name in CHANGES_THE_DISK:
        setattr(os, name, _counted(getattr(os, name), told, blow))
    for module in (tunewright.training.loop, tunewright.pipeline.finish):
        module.commit_folder = _flagged(module.commit_folder, told)


def _counted(call: Callable[..., Any], told: Told, blow: Blow) -> Callable[..., Any]:
    def counted(*arguments: Any, **named: Any) -> Any:
        strikes = told.count() == blow.at_call
        if strikes and blow.before:
            os.kill(os.getpid(), blow.number)
        result = call(*arguments, **named)
        if strikes and not blow.before:
            os.kill(os.getpid(), blow.number)
        return result

    return counted


def _flagged(commit: Callable[..., Any], told: Told) -> Callable[..., Any]:
    def flagged(*arguments: Any, **named: Any) -> Any:
        told.saving = True
        try:
            return commit(*arguments, **named)
        finally:
            told.saving = False

    return flagged


def attempt(command: list[str], told: Told, blow: Blow, log: Path) -> Attempt:
    """Fork, run the command line in the child, and wait for its end."""
    told.clear()
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        _be_the_child(command, told, blow, log)
    ended = 0
    struck = False
    status = 0
    while not ended:
        ended, status = os.waitpid(child, os.WNOHANG)
        spent = time.monotonic() - began
        if not ended and ((blow.after_seconds and not struck and spent >= blow.after_seconds) or spent > PATIENCE):
            os.kill(child, blow.number if spent <= PATIENCE else signal.SIGKILL)
            struck = True
        if not ended:
            time.sleep(0.002)
    code = os.waitstatus_to_exitcode(status)
    return Attempt(code, told.saving, time.monotonic() - began, log.read_text(encoding="utf-8", errors="replace"))


def _be_the_child(command: list[str], told: Told, blow: Blow, log: Path) -> None:
    code = 70
    try:
        stream = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(stream, 1)
        os.dup2(stream, 2)
        hooked(told, blow)
        with verified_in_process():
            code = main(command)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def losses(run: Path) -> list[tuple[int, float]]:
    return [(event["step"], event["loss"]) for event in read_journal(run / "journal.jsonl") if event["event"] == "step"]


class Trials:
    """Runs of two methods, undisturbed once and then hit again and again."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.generator, self.told = folder, np.random.default_rng(seed), Told()
        self.log = folder / "child.log"
        self.recipes: dict[str, Path] = {}
        self.seconds: dict[str, float] = {}
        self.calls: dict[str, int] = {}
        self.saving_calls: dict[str, list[int]] = {}
        self.expected: dict[str, tuple[dict[str, str], list[tuple[int, float]]]] = {}

    def undisturbed(self) -> None:
        for name, changes in COMMANDS.items():
            training = TRAINING | {
                key.removeprefix("training__"): value for key, value in changes.items() if "__" in key
            }
            others = {key: value for key, value in changes.items() if "__" not in key}
            place_run(self.folder / name, training=training, **others)
            self.recipes[name] = self.folder / name / "reviews.yaml"
            run = self.folder / name / "undisturbed"
            done = attempt(self.command(name, run), self.told, Blow(), self.log)
            if done.status != 0:
                raise SystemExit(f"The undisturbed run ended with {done.status}:\n{done.log}")
            self.seconds[name], self.calls[name] = done.seconds, self.told.calls
            self.saving_calls[name] = self.told.calls_inside_saves()
            self.expected[name] = (weights(run), losses(run))

    def command(self, name: str, run: Path) -> list[str]:
        return ["train", str(self.recipes[name]), f"output={run}", "--resume"]

    def blow(self, name: str, number: int = signal.SIGKILL, share: float = 1.0) -> Blow:
        """Half of the blows inside a save, a sixth at any call, a third at any time, within the first share of a run:
        one that has been resumed is over sooner."""
        draw = int(self.generator.integers(6))
        before = bool(self.generator.integers(2))
        last = max(1, int(share * self.calls[name]))
        if draw < 3:
            calls = [call for call in self.saving_calls[name] if call <= last]
            return Blow(number, at_call=int(self.generator.choice(calls)), before=before)
        if draw < 4:
            return Blow(number, at_call=int(self.generator.integers(1, last + 1)), before=before)
        return Blow(number, after_seconds=float(self.generator.uniform(0.01, share * self.seconds[name])))

    def trial(self, name: str, index: str, blows: list[Blow]) -> dict[str, Any]:
        """One run, hit by each blow in turn, then left to finish."""
        run = self.folder / name / f"trial-{index}"
        attempts = [attempt(self.command(name, run), self.told, blow, self.log) for blow in blows]
        last = attempt(self.command(name, run), self.told, Blow(), self.log)
        found, steps = weights(run), losses(run)
        expected, expected_steps = self.expected[name]
        return {
            "method": name,
            "statuses": [one.status for one in attempts],
            "saving": [one.saving for one in attempts],
            "tracebacks": sum("Traceback" in one.log for one in [*attempts, last]),
            "last": last.status,
            "log": last.log[-2000:] if last.status else "",
            "different": sorted(k for k in expected.keys() | found.keys() if expected.get(k) != found.get(k)),
            "journal": steps == expected_steps,
            "leftovers": leftovers(run),
        }

    def killed(self, kills: int) -> list[dict[str, Any]]:
        trials: list[dict[str, Any]] = []
        found: list[bool] = []
        while len(found) < kills or sum(found) < kills / 3:
            name = list(COMMANDS)[len(trials) % 2]
            blows = [self.blow(name, share=1 / (1 + hit)) for hit in range(int(self.generator.integers(1, 4)))]
            trials.append(self.trial(name, f"kill-{len(trials)}", blows))
            ends = zip(trials[-1]["statuses"], trials[-1]["saving"], strict=True)
            found += [saving for status, saving in ends if status == -signal.SIGKILL]
        return trials

    def stopped(self, count: int) -> list[dict[str, Any]]:
        trials = []
        for index in range(count):
            name = list(COMMANDS)[index % 2]
            number = (signal.SIGTERM, signal.SIGINT)[(index // 2) % 2]
            trials.append(self.trial(name, f"stop-{index}", [self.blow(name, number)]) | {"signal": int(number)})
        return trials

    def in_use(self) -> dict[str, Any]:
        """A second process comes while the first holds the folder, is sent away, and the first goes on unharmed."""
        run = self.folder / "full" / "in-use"
        first = os.fork()
        if first == 0:
            with _held_up():
                _be_the_child(self.command("full", run), Told(), Blow(), self.folder / "first.log")
        deadline = time.monotonic() + PATIENCE
        while not any(run.glob("checkpoints/step-*")) and time.monotonic() < deadline:
            time.sleep(0.01)
        second = attempt(self.command("full", run), self.told, Blow(), self.log)
        (self.folder / "go-on").touch()
        _, status = os.waitpid(first, 0)
        return {
            "second": second.status,
            "message": second.log,
            "process": first,
            "first": os.waitstatus_to_exitcode(status),
            "different": weights(run) != self.expected["full"][0],
        }


@contextlib.contextmanager
def _held_up() -> Iterator[None]:
    """The first process waits in its finish until the second one has been there."""
    finish = tunewright.pipeline.stages.finish

    def waiting(*arguments: Any) -> Any:
        deadline = time.monotonic() + PATIENCE
        go_on = Path(sys.argv[1]) / "go-on"
        while not go_on.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        return finish(*arguments)

    tunewright.pipeline.stages.finish = waiting
    yield


def run_trials() -> None:
    torch.set_num_threads(1)
    for family in ("task", "method", "input", "loss", "schedule"):
        for kind in catalog.kinds(family):
            catalog.load(family, kind)  # imported here once instead of in every child
    folder, (seed, kills, stops) = Path(sys.argv[1]), map(int, sys.argv[2:5])
    trials = Trials(folder, seed)
    trials.undisturbed()
    began = time.monotonic()
    found = {"killed": trials.killed(kills)}
    found |= {"seconds": time.monotonic() - began}
    print(json.dumps(found | {"stopped": trials.stopped(stops), "in_use": trials.in_use()}))


if __name__ == "__main__":
    run_trials()
