"""Disks, clocks, folders and files that are not as they were left: the same result, or a refusal that says why."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tiny_runs import Watcher, leftovers, place_run, verified_in_process, weights

from tunewright.cli import main
from tunewright.errors import ResourceError, TunewrightError
from tunewright.pipeline import train
from tunewright.records import run_lock
from tunewright.records.checkpoint import MANIFEST


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def flip_a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 3] ^= 1
    file.write_bytes(content)


def empty(file: Path) -> None:
    file.write_bytes(b"")


def make_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


DAMAGES = {"truncated": truncate, "flipped": flip_a_bit, "emptied": empty, "deleted": Path.unlink,
           "a folder": make_a_folder}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["recipe.yaml", "audit.json", "provenance.json", "journal.jsonl", ".lock"])
def test_a_damaged_record_never_costs_the_weights(begun, tmp_path, name, damage):
    """Records are small and rewritten often: one that is lost may cost a figure, and no training without a word."""
    recipe = begun.copy(tmp_path / "run")
    DAMAGES[damage](tmp_path / "run" / name)
    try:
        begun.go_on(recipe)
    except (TunewrightError, IsADirectoryError) as error:  # the command line words the second
        assert name in str(error) or str(tmp_path / "run") in str(error)
    else:
        assert weights(tmp_path / "run") == begun.expected
        assert leftovers(tmp_path / "run") == []


def entry_lost(manifest: dict) -> None:
    del manifest["files"]["optimizer.safetensors"]


def all_lost(manifest: dict) -> None:
    manifest["files"] = {}


def seal_lost(manifest: dict) -> None:
    del manifest["seal"]


@pytest.mark.parametrize("edit", [entry_lost, all_lost, seal_lost])
def test_an_edited_manifest_is_passed_over(begun, tmp_path, edit):
    """An entry lost from the list would let moments be lost: fresh ones in their place train on, and end elsewhere."""
    recipe = begun.copy(tmp_path / "run")
    newest = tmp_path / "run" / "checkpoints" / "step-000009"
    manifest = json.loads((newest / MANIFEST).read_text(encoding="utf-8"))
    edit(manifest)
    (newest / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    (newest / "optimizer.safetensors").unlink()
    said = begun.go_on(recipe)
    assert any("step-000009" in note and MANIFEST in note for note in said.notes)
    assert "Going on after step 8." in said.notes
    assert weights(tmp_path / "run") == begun.expected


@pytest.fixture
def small_disk(tmp_path):
    """A disk whose size a test chooses, where this process may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    if shutil.which("mount") is None or subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=30m", "tmpfs", str(place)], capture_output=True, check=False
    ).returncode:  # fmt: skip
        pytest.skip("a small disk can be mounted by root alone")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=False, capture_output=True)


def remount(place: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(place)], check=True, capture_output=True)


@pytest.fixture
def page(begun, tmp_path) -> list[str]:
    """A command line that trains the begun recipe."""
    place_run(tmp_path, training__dropout=0.1, training__checkpoint_every=2)
    for name in ("tiny", "reviews.csv"):
        source = begun.folder.parent / name
        shutil.rmtree(tmp_path / name) if source.is_dir() else (tmp_path / name).unlink()
        shutil.copytree(source, tmp_path / name) if source.is_dir() else shutil.copy(source, tmp_path / name)
    return ["train", str(tmp_path / "reviews.yaml")]


@pytest.mark.parametrize("kilobytes", [4, 40, 360, 720, 900, 1060, 1120])
def test_the_disk_fills_up_anywhere(page, begun, small_disk, capsys, kilobytes):
    """At the first record, in a checkpoint, in the model, in the report: each writer has its own words for it."""
    remount(small_disk, f"size={kilobytes}k")
    run = small_disk / "run"
    with verified_in_process():
        status = main([*page, f"output={run}"])
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert status == 75, (kilobytes, said)
    assert "The disk is full" in said
    remount(small_disk, "size=30m")
    with verified_in_process():
        assert main([*page, f"output={run}", "--resume"]) == 0
    assert weights(run) == begun.expected
    assert leftovers(run) == []


def test_a_disk_that_turns_read_only(page, begun, small_disk, capsys):
    """Linux does so after an I/O error: the run must say it, and nothing may be taken for saved."""
    recipe = begun.copy(small_disk / "run")
    remount(small_disk, "ro")
    with pytest.raises(
        ResourceError, match=r"run cannot be written to: Read-only file system.*\n.*output=runs/another"
    ):
        begun.go_on(recipe)
    assert main([*page, f"output={small_disk / 'new'}"]) == 75
    assert "new cannot be written to: Read-only file system" in capsys.readouterr().err
    remount(small_disk, "rw")
    begun.go_on(recipe)
    assert weights(small_disk / "run") == begun.expected


def in_a_child(act) -> int:
    """The exit status of a fork that acts: for what a process cannot take back."""
    child = os.fork()
    if child == 0:
        status = 70
        try:
            status = act()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_folder_that_may_not_be_written_to(tmp_path):
    """A colleague's run, resumed by mistake: a refusal by name and not the traceback of an open()."""
    run = tmp_path / "run"
    run.mkdir()
    run.chmod(0o555)
    for parent in (tmp_path, *tmp_path.parents[:3]):
        parent.chmod(parent.stat().st_mode | 0o055)

    def refused() -> int:
        if os.geteuid() == 0:  # root may write everywhere
            os.setegid(65534)
            os.seteuid(65534)
        try:
            with run_lock(run / ".lock"):
                return 1
        except ResourceError as error:
            return 0 if "Nothing was changed" in str(error) and str(run) in str(error) else 2

    assert in_a_child(refused) == 0


def test_a_limit_on_the_size_of_files(begun, tmp_path):
    """`ulimit -f` of a shared machine cuts a file off at any byte; a file so cut must not count as a checkpoint."""
    recipe = begun.copy(tmp_path / "run")

    def limited() -> int:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))
        try:
            begun.go_on(recipe)
        except ResourceError as error:
            return 75 if "ulimit" in str(error) else 1
        return 0

    assert in_a_child(limited) == 75
    begun.go_on(recipe)
    assert weights(tmp_path / "run") == begun.expected
    assert leftovers(tmp_path / "run") == []


def test_the_lock_of_a_dead_process_is_no_hindrance(begun, tmp_path):
    """A number left in a file, perhaps given to another process by now, must not ask for a hand."""
    recipe = begun.copy(tmp_path / "run")
    (tmp_path / "run" / ".lock").write_text(f"{os.getppid()}\n", encoding="utf-8")
    begun.go_on(recipe)
    assert weights(tmp_path / "run") == begun.expected


def test_a_clock_that_goes_backwards(begun, tmp_path, monkeypatch):
    """By times, the oldest checkpoint would be the newest, and be gone on with while the newest are removed."""
    recipe = begun.copy(tmp_path / "run")
    ages = sorted((tmp_path / "run" / "checkpoints").glob("step-*"))
    for age, folder in enumerate(ages):
        for path in (folder, *folder.iterdir()):
            os.utime(path, (2_000_000_000 - 1000 * age,) * 2)

    class Backwards(datetime):
        """Every look at it is an hour before the last."""

        looks = 0

        @classmethod
        def now(cls, zone=None):
            cls.looks += 1
            return datetime(2001, 1, 1, tzinfo=zone) - timedelta(hours=cls.looks)

    monkeypatch.setattr("tunewright.pipeline.provenance.datetime", Backwards)
    said = begun.go_on(recipe)
    assert "Going on after step 9." in said.notes
    assert said.steps == list(range(10, 16))
    assert Backwards.looks
    assert weights(tmp_path / "run") == begun.expected


def test_a_disk_that_fails_while_training(begun, tmp_path, monkeypatch):
    """An I/O error of the Rust writer, which is no OSError: named, and the last checkpoint stands."""
    recipe = begun.copy(tmp_path / "run")

    def fails(*_, **__):
        raise RuntimeError("Error while serializing: I/O error: Input/output error (os error 5)")

    with monkeypatch.context() as patch, verified_in_process(), pytest.raises(ResourceError, match="The disk failed"):
        watcher = Watcher({10: lambda: patch.setattr("tunewright.training.state.save_file", fails)})
        train(recipe, resume=True, observer=watcher)
    begun.go_on(recipe)
    assert weights(tmp_path / "run") == begun.expected
