"""Several real processes of the command line: the same model, one voice, one exit status, and nothing lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import torch
from safetensors.torch import load_file
from tiny_runs import Watcher, leftovers, place_run, verified_in_process

from tunewright.errors import ResourceError, RunError, Stopped, UserError
from tunewright.pipeline import launch as module
from tunewright.pipeline import train
from tunewright.pipeline.launch import launch, speaks
from tunewright.recipe import Recipe
from tunewright.records import read_journal

STEPS = 30
POPEN = subprocess.Popen
TUNEWRIGHT = [sys.executable, "-m", "tunewright"]
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "-m", "tunewright"]
CHANGES = {
    "training__epochs": 99, "training__max_steps": STEPS, "training__dropout": 0.0,
    "training__validate_every": 8, "training__average_power": 1.0,
    # a gradient that is zero but for rounding must not become a step of full size in a direction of chance
    "training__epsilon": 1e-4,
}  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe of 30 steps without dropout, whose average is kept."""
    return place_run(tmp_path_factory.mktemp("launch"), **CHANGES)


@pytest.fixture(scope="module")
def alone(page: Path) -> Path:
    """The run of one process."""
    with verified_in_process():
        return train(Recipe.read(page, ["output=" + str(page.parent / "alone")])).folder.path


def environment() -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def begin(page: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a command beside the recipe; what is left of it at the end of a test is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: str, by: list[str] = TUNEWRIGHT) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*by, *words], cwd=page.parent, env=environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
            process.kill()
            process.wait()


def ended(process: subprocess.Popen[str], tracebacks: int = 0) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=280)
    assert err.count("Traceback") == tracebacks, err
    return process.returncode, out, err


def told(text: str) -> int:
    """How often an error was shown."""
    return sum(line.startswith("tunewright: ") for line in text.splitlines())


def members(process: subprocess.Popen[str]) -> dict[int, psutil.Process]:
    """The launcher's processes by rank."""
    return {int(child.environ()["RANK"]): child for child in psutil.Process(process.pid).children()}


def wait_for_step(run: Path, step: int) -> None:
    until = time.monotonic() + 200
    while not any(event.get("step", 0) >= step for event in read_journal(run / "journal.jsonl")):
        assert time.monotonic() < until, "no step came"
        time.sleep(0.02)


def steps(run: Path) -> list[tuple[int, int, int]]:
    """(step, rows, tally) of every step, in the journal's order."""
    events = read_journal(run / "journal.jsonl")
    return [(e["step"], e["rows"], e["tally"]) for e in events if e["event"] == "step"]


def assert_same_model(one: Path, other: Path) -> None:
    a, b = (load_file(run / "model" / "model.safetensors") for run in (one, other))
    assert a.keys() == b.keys()
    for name, tensor in a.items():
        assert torch.allclose(tensor, b[name], rtol=0, atol=1e-6), name


@pytest.mark.slow
def test_two_processes_leave_the_run_of_one(page: Path, alone: Path, begin) -> None:
    """Danger: another model; or two bars, two journals, two reports and two JSON documents."""
    status, out, err = ended(begin("train", page.name, "output=two", "--processes", "2", "--json"))
    assert status == 0, err
    run = page.parent / "two"
    assert_same_model(alone, run)
    assert steps(run) == steps(alone)
    assert len(steps(run)) == STEPS
    records = json.loads(out)
    assert records["provenance"]["training"]["steps"] == STEPS
    assert [line.startswith("Training: 30 steps") for line in err.splitlines()].count(True) == 1
    assert err.count("Reading the data") == err.count("Writing the report") == 1
    assert leftovers(run) == []
    first = next(read_journal(run / "journal.jsonl"))
    assert (first["event"], first["processes"]) == ("start", 2)
    validations = [
        [e["metrics"] for e in read_journal(folder / "journal.jsonl") if e["event"] == "validation"]
        for folder in (alone, run)
    ]
    for mine, other in zip(*validations, strict=True):
        assert mine == pytest.approx(other, abs=1e-6)


@pytest.mark.slow
def test_torchrun_and_slices_leave_the_same_run(page: Path, alone: Path, begin) -> None:
    """Danger: it works under our own launcher alone; or slices of weights end up in the model that is handed over."""
    words = ("train", page.name, "output=torchrun", "training.sharding=full")
    status, out, err = ended(begin(*words, by=TORCHRUN))
    assert status == 0, err
    assert_same_model(alone, page.parent / "torchrun")
    assert steps(page.parent / "torchrun") == steps(alone)
    assert out.count("Model:") == 1


@pytest.mark.slow
def test_one_two_one_processes_and_another_budget_lose_and_repeat_nothing(page: Path, alone: Path, begin) -> None:
    """Danger: rows trained on twice or never after a cluster gave back fewer machines than it took."""
    run = page.parent / "elastic"
    watcher = Watcher({5: lambda: os.kill(os.getpid(), signal.SIGTERM)})
    with pytest.raises(Stopped, match="after step 5 of 30"):
        train(Recipe.read(page, [f"output={run}"]), observer=watcher)

    second = begin("train", page.name, f"output={run}", "--resume", "--processes", "2")
    wait_for_step(run, 6)
    second.send_signal(signal.SIGTERM)
    status, _, err = ended(second)
    assert status == 143, err
    assert told(err) == 1
    assert "Stopped by SIGTERM after step" in err
    stopped_at = steps(run)[-1][0]
    assert 6 <= stopped_at < STEPS, "the training was over before the signal came"

    with verified_in_process():
        train(Recipe.read(page, [f"output={run}", "training.token_budget=64"]), resume=True)
    assert steps(run) == steps(alone)
    assert_same_model(alone, run)
    events = list(read_journal(run / "journal.jsonl"))
    assert [e["processes"] for e in events if e["event"] in ("start", "resume")] == [1, 2, 1]
    notes = [e["text"] for e in events if e["event"] == "note"]
    assert any("Processes: 2 now, 1 before" in note for note in notes)
    assert any("Processes: 1 now, 2 before" in note for note in notes)
    assert any("Token budget: 64 now, 2048 before" in note for note in notes)


@pytest.mark.slow
def test_a_killed_process_ends_the_job_with_one_message(page: Path, begin) -> None:
    """Danger: the other waits half an hour for it, holding the lock; or says something about sockets."""
    run = page.parent / "killed"
    job = begin("train", page.name, f"output={run}", "training.max_steps=90000", "--processes", "2")
    wait_for_step(run, 3)
    crew = members(job)
    crew[1].kill()
    status, _, err = ended(job)
    assert status == 75, err
    assert told(err) == 1
    assert "Process 1 of 2 was ended by SIGKILL, most often because the machine ran out of memory" in err
    assert "Process 0" not in err
    assert not any(member.is_running() for member in crew.values())


@pytest.mark.slow
def test_a_mistake_is_told_once(page: Path, begin) -> None:
    """Danger: as many messages as there are processes, or processes that wait for a leader that is gone."""
    status, _, err = ended(begin("train", page.name, "data.train=nowhere.csv", "output=wrong", "--processes", "2"))
    assert status == 2
    assert told(err) == 1, err
    assert "nowhere.csv" in err
    assert not (page.parent / "wrong" / "recipe.yaml").exists()
    # torchrun shows a traceback of its own whenever a process ends with a status
    status, _, err = ended(begin("train", page.name, "training.epochs=-1", by=TORCHRUN), tracebacks=1)
    assert status != 0
    assert told(err) == 1, err


def test_who_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: every process prints the summary, or none does."""
    for name in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    assert speaks()
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "0")
    assert speaks()
    monkeypatch.setenv("RANK", "1")
    assert not speaks()


def test_a_launcher_inside_a_launcher_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: four processes on two GPUs, each pair with a world of its own, in one folder."""
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(UserError, match="Leave out --processes under torchrun"):
        launch(["train", "a.yaml"], 2)


def test_more_processes_than_gpus_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: nccl hangs when two processes share a GPU."""
    monkeypatch.setattr(module.torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(module.torch.cuda, "device_count", lambda: 1)
    with pytest.raises(UserError, match="is 2, and this machine has 1 GPU; two cannot share one"):
        launch(["train", "a.yaml"], 2)


@pytest.mark.parametrize(
    ("script", "asked", "error", "said"),
    [("kill -9 $$", (), ResourceError, "Process 0 of 2 was ended by SIGKILL"),
     ("kill -11 $$", (), RunError, "was ended by SIGSEGV")],
)  # fmt: skip
def test_what_a_process_cannot_say_the_launcher_says(
    monkeypatch: pytest.MonkeyPatch, script: str, asked: tuple[int, ...], error: type[Exception], said: str
) -> None:
    """Danger: an exit status and not a word."""
    start_as(monkeypatch, script)
    with pytest.raises(error, match=said):
        launch(["train"], 2)


def test_the_status_is_that_of_the_process_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: a scheduler that reads 0, or -15 of a process that was only told to end."""
    monkeypatch.setattr(module, "_GRACE", 0.3)
    start_as(monkeypatch, "if [ $RANK = 1 ]; then exit 75; else sleep 60; fi")
    assert launch(["train"], 2) == 75
    start_as(monkeypatch, "exit 0")
    assert launch(["train"], 2) == 0


def test_a_process_that_hears_nothing_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: a process that hangs inside a GPU's library outlives the job and keeps the GPU."""
    monkeypatch.setattr(module, "_GRACE", 0.3)
    start_as(monkeypatch, "trap '' TERM; if [ $RANK = 1 ]; then exit 3; fi; while true; do sleep 0.1; done")
    assert launch(["train"], 2) == 3


def start_as(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let each process of the crew be a line of shell."""

    def popen(words: list[str], **settings: object) -> subprocess.Popen[bytes]:
        return POPEN(["bash", "-c", script], **settings)  # type: ignore[call-overload,no-any-return]

    monkeypatch.delenv("WORLD_SIZE", raising=False)
    monkeypatch.setattr(module.subprocess, "Popen", popen)
