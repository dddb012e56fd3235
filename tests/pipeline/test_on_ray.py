"""A training on a Ray cluster is the same training; the parts that need no Ray are tested without it."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tiny_runs import Watcher, place_run, verified_in_process
from torch.distributed import TCPStore

from tunewright.errors import DataError, FailedElsewhere, MissingExtraError, RunError
from tunewright.pipeline import on_ray as module
from tunewright.pipeline import train
from tunewright.pipeline.on_ray import train_on_ray
from tunewright.recipe import Recipe
from tunewright.records import read_journal
from tunewright.training.signals import StopRequest
from tunewright.training.step import Update

with_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not installed; pip install 'tunewright[ray]'"
)
CHANGES = {"training__dropout": 0.0, "training__epsilon": 1e-4, "training__max_steps": 20, "training__epochs": 9}


def typed(folder: Path, *words: str) -> subprocess.Popen[str]:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "tunewright", "train", "reviews.yaml", "--on", "ray", "--processes", "2", *words]
    return subprocess.Popen(command, cwd=folder, env=environment, text=True, stderr=subprocess.PIPE)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, err = process.communicate(timeout=280)
    assert "Traceback" not in err, err
    return process.returncode, err


def events(run: Path, kind: str) -> list[dict[str, object]]:
    return [event for event in read_journal(run / "journal.jsonl") if event["event"] == kind]


@with_ray
@pytest.mark.slow
def test_two_workers_leave_the_run_of_one_process(tmp_path: Path) -> None:
    """Danger: another model on a cluster than on the desk, or a user who sees nothing but Ray's own lines."""
    page = place_run(tmp_path, **CHANGES)
    with verified_in_process():
        alone = train(Recipe.read(page, [f"output={tmp_path / 'alone'}"])).folder
    status, err = ended(typed(tmp_path, "output=ray"))
    assert status == 0, err
    mine, other = (load_file(run / "model" / "model.safetensors") for run in (alone.path, tmp_path / "ray"))
    assert all(torch.allclose(tensor, other[name], rtol=0, atol=1e-6) for name, tensor in mine.items())
    tallies = [[event["tally"] for event in events(run, "step")] for run in (alone.path, tmp_path / "ray")]
    assert tallies[0] == tallies[1]
    assert err.count("Training: 20 steps") == 1
    assert "validation accuracy" in err


@with_ray
@pytest.mark.slow
def test_a_signal_saves_and_a_mistake_is_told_as_always(tmp_path: Path) -> None:
    """Danger: Ctrl-C kills the workers before they save, or a data error drowns in a cluster's tracebacks."""
    place_run(tmp_path, **(CHANGES | {"training__max_steps": 90000, "training__epochs": 90000}))
    job = typed(tmp_path)
    until = time.monotonic() + 200
    while not events(tmp_path / "run", "step"):
        assert time.monotonic() < until
        time.sleep(0.1)
    job.send_signal(signal.SIGTERM)
    status, err = ended(job)
    assert status == 143, err
    assert "Stopped by SIGTERM after step" in err
    last = events(tmp_path / "run", "step")[-1]["step"]
    assert events(tmp_path / "run", "checkpoint")[-1]["step"] == last
    status, err = ended(typed(tmp_path, "data.train=nowhere.csv", "output=wrong"))
    assert status == 2, err
    assert sum(line.startswith("tunewright: ") for line in err.splitlines()) == 1
    assert "nowhere.csv" in err


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: ModuleNotFoundError after an hour of encoding."""
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    recipe = Recipe(model="m", data={"train": "a.csv", "inputs": {"text": "a"}, "target": "b"})
    with pytest.raises(MissingExtraError, match=r"pip install 'tunewright\[ray\]'"):
        train_on_ray(recipe, 2)


def test_the_cause_is_the_error_of_the_worker_that_had_one() -> None:
    """Danger: "WorkerGroupError" for a column that is spelled wrong."""

    class WorkerGroupError(Exception):
        def __init__(self, failures: dict[int, Exception]) -> None:
            super().__init__("Training failed due to worker errors:\nTraceback\nKeyError: 'x'")
            self.worker_failures = failures

    wrong = DataError("no such column")
    assert module._cause(WorkerGroupError({0: FailedElsewhere(1, 2), 1: wrong})) is wrong
    bug = module._cause(WorkerGroupError({0: KeyError("x")}))
    assert isinstance(bug, RunError)
    assert "KeyError: 'x'" in str(bug)
    assert "--resume" in str(bug)


def test_what_a_worker_sees_is_told_where_people_look() -> None:
    """Danger: hours without a sign of life, or a loss that is not the worker's."""
    board = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False, timeout=timedelta(seconds=30))
    worker, watcher = module._Messenger(board), Watcher()
    seen: list[Update] = []
    watcher.step = lambda step, epoch, update, rate: seen.append(update)  # type: ignore[method-assign]
    update = Update(loss=0.1 + 0.2, grad_norm=1.5, rows=8, tokens=64, seconds=0.25)
    worker.phase("Encoding")
    worker.note("học sâu")
    told = module._retell(board, watcher, 0)
    worker.training_starts(0, 2)
    worker.step(1, 0.5, update, 1e-3)
    worker.validation(1, {"accuracy": 0.5}, "accuracy", True)
    worker.training_ends()
    assert module._retell(board, watcher, told) == 6
    assert (watcher.phases, watcher.notes, seen) == (["Encoding"], ["học sâu"], [update])


def test_a_signal_reaches_a_worker_by_the_board() -> None:
    """Danger: a worker trains in a thread, where Python hears no signal."""
    board = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False, timeout=timedelta(seconds=30))
    stop = StopRequest()
    listener = threading.Thread(target=module._listen, args=(board, stop), daemon=True)
    listener.start()
    with module._signals(board):
        assert stop.signal_number == 0
        os.kill(os.getpid(), signal.SIGTERM)
        listener.join(5)
    assert stop.signal_number == signal.SIGTERM
