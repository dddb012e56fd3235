"""What ends a run early, and what the user and the scheduler are told: exit status, one message, a good checkpoint."""

from __future__ import annotations

import errno
import math
import os
import shutil
import signal
import subprocess

import pytest
from tiny_runs import Watcher, leftovers, place_run, verified_in_process, weights

from tunewright.cli import main
from tunewright.cli.progress import PlainLines
from tunewright.errors import NonFiniteError
from tunewright.pipeline import fit, train
from tunewright.recipe import Recipe
from tunewright.records import run_lock
from tunewright.records.checkpoint import damage, newest_valid
from tunewright.training import loop


@pytest.fixture
def page(begun, tmp_path) -> list[str]:
    """A command line that trains the begun recipe into a folder of its own."""
    place_run(tmp_path, training__dropout=0.1, training__checkpoint_every=2)
    shutil.rmtree(tmp_path / "tiny")
    shutil.copytree(begun.folder.parent / "tiny", tmp_path / "tiny")
    shutil.copy(begun.folder.parent / "reviews.csv", tmp_path / "reviews.csv")
    return ["train", str(tmp_path / "reviews.yaml")]


def at_step(monkeypatch, wanted: int, act) -> None:
    """Let the command line's observer act after a step."""
    usual = PlainLines.step

    def step(self, step, *others):
        usual(self, step, *others)
        if step == wanted:
            act()

    monkeypatch.setattr(PlainLines, "step", step)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_in_training_saves_and_says_how_to_go_on(begun, page, tmp_path, monkeypatch, capsys, number, status):
    """A scheduler stops jobs with SIGTERM; work since the last checkpoint must not be lost, nor the status be 1."""
    with monkeypatch.context() as patch:
        at_step(patch, 7, lambda: signal.raise_signal(number))
        assert main(page) == status
    said = capsys.readouterr().err
    assert f"Stopped by {signal.Signals(number).name} after step 7 of 15; the state is saved." in said
    assert "recipe.yaml --resume" in said
    assert "Traceback" not in said
    assert newest_valid(tmp_path / "run" / "checkpoints").step == 7
    with verified_in_process():
        assert main([*page, "--resume"]) == 0
    assert weights(tmp_path / "run") == begun.expected


def test_a_second_interrupt_does_not_wait_for_the_step(page, tmp_path, monkeypatch, capsys):
    """Who presses Ctrl-C twice does not want to wait, and still gets an orderly end."""
    at_step(monkeypatch, 7, lambda: [signal.raise_signal(signal.SIGINT) for _ in range(2)])
    assert main(page) == 130
    assert newest_valid(tmp_path / "run" / "checkpoints").step == 6
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("stage", ["prepare", "finish", "appraise"])
def test_a_signal_outside_of_the_loop_is_answered_at_once(page, tmp_path, monkeypatch, capsys, begun, stage):
    """Noted and never looked at, a signal while data are read or a model is measured would seem to be ignored."""
    with monkeypatch.context() as patch, verified_in_process():
        patch.setattr(f"tunewright.pipeline.stages.{stage}", lambda *_, **__: signal.raise_signal(signal.SIGTERM))
        assert main(page) == 143
    said = capsys.readouterr().err
    assert "Stopped by SIGTERM; what was saved until now stands." in said
    assert "Traceback" not in said
    with verified_in_process():
        assert main([*page, "--resume"]) == 0
    assert weights(tmp_path / "run") == begun.expected
    assert leftovers(tmp_path / "run") == []


def test_signal_handlers_are_put_back(page, monkeypatch):
    """In a notebook, the next Ctrl-C must do what it did before."""
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    at_step(monkeypatch, 2, lambda: signal.raise_signal(signal.SIGTERM))
    assert main(page) == 143
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_a_folder_in_use_is_status_75(page, tmp_path, capsys):
    """75 tells a scheduler to try again; 1 would tell it that the recipe is broken."""
    with run_lock(tmp_path / "run" / ".lock"):
        assert main([*page, "--resume"]) == 75
    said = capsys.readouterr().err
    assert f"in use by process {os.getpid()}" in said
    assert not (tmp_path / "run" / "recipe.yaml").exists()


@pytest.mark.parametrize("call", ["fsync", "rename", "tensors", "journal"])
def test_a_full_disk_is_status_75_and_the_last_checkpoint_stands(page, begun, tmp_path, monkeypatch, capsys, call):
    """Half a checkpoint in the place of a whole one is found out only when it is needed."""

    def full(*_, **__):
        if call == "tensors":  # what safetensors raises, which is no OSError
            raise RuntimeError("Error while serializing: I/O error: No space left on device (os error 28)")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "somewhere")

    places = {
        "fsync": "os.fsync",
        "rename": "os.rename",
        "tensors": "tunewright.training.state.save_file",
        "journal": "json.dumps",
    }
    with monkeypatch.context() as patch:
        at_step(patch, 7, lambda: patch.setattr(places[call], full))
        assert main(page) == 75
    said = capsys.readouterr().err
    assert "The disk is full" in said
    assert "Traceback" not in said
    found = newest_valid(tmp_path / "run" / "checkpoints")
    assert (found.step, found.rejected) == (6, ())
    with verified_in_process():
        assert main([*page, "--resume"]) == 0
    assert weights(tmp_path / "run") == begun.expected
    assert leftovers(tmp_path / "run") == []


@pytest.fixture
def small_disk(tmp_path):
    """A disk of one megabyte, where this process may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("a small disk can be mounted by root alone")
    yield place
    subprocess.run(["umount", str(place)], check=False, capture_output=True)


def test_a_disk_that_is_really_full(page, begun, small_disk, capsys):
    """Every library has its own words for a full disk, and only a real one makes them speak."""
    (small_disk / "ballast").write_bytes(bytes(100_000))
    assert main([*page, f"output={small_disk / 'run'}"]) == 75
    said = capsys.readouterr().err
    assert "The disk is full" in said
    assert "Traceback" not in said
    found = newest_valid(small_disk / "run" / "checkpoints")
    assert found.folder is not None
    assert damage(found.folder) is None
    subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], check=True)
    with verified_in_process():
        assert main([*page, f"output={small_disk / 'run'}", "--resume"]) == 0
    assert weights(small_disk / "run") == begun.expected


def test_a_loss_that_is_no_number_stops_before_the_update(page, tmp_path, capsys):
    """Trained on, the weights would be NaN and later losses print as 0.0; the run must end at the last good state."""
    given = [*page, "training.learning_rate=1e25", "training.max_grad_norm=null", "training.checkpoint_every=1"]
    assert main(given) == 1
    said = capsys.readouterr().err
    assert "Step 2 of 15 went wrong" in said
    assert "bert.embeddings" in said
    assert f"{tmp_path / 'reviews.csv'}:" in said
    assert "last good checkpoint is kept" in said
    assert "Traceback" not in said
    found = newest_valid(tmp_path / "run" / "checkpoints")
    assert (found.step, found.rejected) == (1, ())
    assert not (tmp_path / "run" / "model").exists()


def test_weights_that_are_no_numbers_are_never_saved(page, tmp_path, monkeypatch):
    """A checkpoint of NaN that passes every checksum would be the newest valid one for ever."""
    jobs = []
    monkeypatch.setattr(fit, "train", lambda job, *others: jobs.append(job) or loop.train(job, *others))

    def spoil() -> None:
        jobs[0].model.classifier.bias.data[0] = math.nan

    with pytest.raises(NonFiniteError, match=r"after step 4, classifier\.bias among them"):
        train(Recipe.read(page[1]), observer=Watcher({4: spoil}))
    assert newest_valid(tmp_path / "run" / "checkpoints").step == 2


def test_a_row_that_does_not_fit_into_memory(page, tmp_path, monkeypatch, capsys):
    """The budget is halved down to one row; then there is nothing left to try, and the status says so."""

    def update(*_):
        raise MemoryError("not enough memory")

    monkeypatch.setattr("tunewright.training.step.Stepper.update", update)
    assert main(page) == 75
    assert "does not fit into memory even one row at a time" in capsys.readouterr().err
