"""Folders that are either whole or not there."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import stat
import time
from pathlib import Path

import pytest

from tunewright.errors import ResourceError
from tunewright.records import checkpoint
from tunewright.records.checkpoint import MANIFEST, commit_folder, damage, forget, newest_valid, prune, sweep


def filled(word: str, size: int = 1):
    """Writes a folder of three files, one of them in a folder of its own."""

    def write(folder: Path) -> None:
        (folder / "weights.bin").write_bytes(word.encode() * 100 * size)
        (folder / "state.json").write_text(json.dumps({"word": word}))
        (folder / "inner").mkdir()
        (folder / "inner" / "rng.bin").write_bytes(b"\0\1\2" + word.encode())

    return write


def word_of(folder: Path) -> str:
    return json.loads((folder / "state.json").read_text())["word"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_committed_folder_is_whole(tmp_path):
    """What `write` put there, under the target's name, and nothing beside it."""
    target = commit_folder(tmp_path / "checkpoints" / "step-000001", filled("a"))
    assert damage(target) is None
    assert word_of(target) == "a"
    assert (target / "inner" / "rng.bin").is_file()
    assert names(tmp_path / "checkpoints") == ["step-000001"]
    listed = json.loads((target / MANIFEST).read_text())["files"]
    assert set(listed) == {"weights.bin", "state.json", "inner/rng.bin"}


def test_others_may_read_it(tmp_path):
    """mkdtemp's 0700 and safetensors' 0600 lock out the colleague who serves the model."""
    target = commit_folder(tmp_path / "model", filled("a"))
    assert target.stat().st_mode & 0o777 == 0o755
    assert all(file.stat().st_mode & 0o777 == 0o644 for file in target.glob("*.bin"))


def test_an_existing_folder_is_replaced(tmp_path):
    """A second run into the same folder leaves one model, the new one."""
    commit_folder(tmp_path / "model", filled("old"))
    commit_folder(tmp_path / "model", filled("new"))
    assert word_of(tmp_path / "model") == "new"
    assert names(tmp_path) == ["model"]


def test_everything_is_on_the_disk_before_the_name_appears(tmp_path, monkeypatch):
    """A rename that reaches the disk before the bytes leaves a whole-looking folder of zeros after a power cut."""
    calls = []
    fsync, rename = os.fsync, Path.rename

    def recorded_fsync(descriptor: int) -> None:
        calls.append(("fsync", Path(f"/proc/self/fd/{descriptor}").readlink().name))
        fsync(descriptor)

    def recorded_rename(path: Path, target: Path) -> Path:
        calls.append(("rename", target.name))
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", recorded_fsync)
    monkeypatch.setattr(Path, "rename", recorded_rename)
    commit_folder(tmp_path / "model", filled("a"))
    at = calls.index(("rename", "model"))
    before = {name for kind, name in calls[:at] if kind == "fsync"}
    assert {"weights.bin", "state.json", "rng.bin", MANIFEST, "inner"} <= before
    assert ("fsync", tmp_path.name) in calls[at:]
    assert calls.index(("fsync", MANIFEST)) > calls.index(("fsync", "weights.bin"))


class Broken(RuntimeError):
    """What the tests break with."""


def _interrupted(monkeypatch, call: int, error: BaseException) -> list[str]:
    """Make the n-th system call of the protocol fail, and count them all."""
    made: list[str] = []

    def guard(name, real):
        def run(*args, **kwargs):
            made.append("fsync folder" if name == "fsync" and stat.S_ISDIR(os.fstat(args[0]).st_mode) else name)
            if len(made) == call:
                raise error
            return real(*args, **kwargs)

        return run

    monkeypatch.setattr(os, "fsync", guard("fsync", os.fsync))
    monkeypatch.setattr(os, "rename", guard("rename", os.rename))
    monkeypatch.setattr(Path, "rename", guard("Path.rename", Path.rename))
    monkeypatch.setattr(checkpoint.tempfile, "mkdtemp", guard("mkdtemp", checkpoint.tempfile.mkdtemp))
    monkeypatch.setattr(checkpoint, "sha256_of", guard("sha256", checkpoint.sha256_of))
    return made


@pytest.mark.parametrize("call", range(1, 21))
@pytest.mark.parametrize("there", [False, True], ids=["new", "replacing"])
@pytest.mark.parametrize(
    "error", [Broken(), KeyboardInterrupt(), OSError(errno.EIO, "I/O error")], ids=["error", "ctrl-c", "io"]
)
def test_a_failure_at_any_call_leaves_old_or_new_and_no_litter(tmp_path, monkeypatch, call, there, error):
    """A save that fails half-way must not cost the checkpoint that was there before."""
    target = tmp_path / "model"
    if there:
        commit_folder(target, filled("old"))
    with monkeypatch.context() as patch:
        made = _interrupted(patch, call, error)
        try:
            commit_folder(target, filled("new"))
            failed = False
        except (type(error), ResourceError):
            failed = True
    assert failed == (len(made) >= call and not _swallowed(made[call - 1], error))
    if there:
        assert damage(target) is None
        assert word_of(target) in ("old", "new")
        assert failed or word_of(target) == "new"
    elif target.exists():
        assert damage(target) is None
    left = [name for name in names(tmp_path) if name != "model"]
    assert left == []


def _swallowed(name: str, error: BaseException) -> bool:
    """A folder's fsync is not to be had on every file system, so that its OSError is let pass."""
    return name == "fsync folder" and isinstance(error, OSError)


def test_the_calls_above_cover_the_whole_protocol(tmp_path, monkeypatch):
    """A protocol that grows longer than the range of calls tried would be tested in its first half alone."""
    commit_folder(tmp_path / "model", filled("old"))
    with monkeypatch.context() as patch:
        made = _interrupted(patch, 10**6, Broken())
        commit_folder(tmp_path / "model", filled("new"))
    assert 10 <= len(made) <= 20, made


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO])
@pytest.mark.parametrize("there", [False, True])
def test_a_full_disk_is_a_resource_error_and_costs_nothing(tmp_path, number, there):
    """Exit code 75: free some space, and resume. The last good one is still there."""
    target = tmp_path / "step-000007"
    if there:
        commit_folder(target, filled("old"))

    def full(folder: Path) -> None:
        filled("new")(folder)
        raise OSError(number, os.strerror(number))

    with pytest.raises(ResourceError, match=r"step-000007 could not be written") as caught:
        commit_folder(target, full)
    assert caught.value.exit_code == 75
    assert names(tmp_path) == (["step-000007"] if there else [])
    assert not there or word_of(target) == "old"


def test_a_disk_full_from_the_start_is_one_too(tmp_path, monkeypatch):
    """Not even the temporary folder can be made then."""

    def full(**kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoint.tempfile, "mkdtemp", full)
    with pytest.raises(ResourceError, match="The disk is full"):
        commit_folder(tmp_path / "model", filled("a"))


def test_a_rust_writers_full_disk_is_recognised(tmp_path):
    """safetensors raises its own exception, with the number in the text."""

    def full(folder: Path) -> None:
        raise Broken("I/O error: No space left on device (os error 28)")

    with pytest.raises(ResourceError):
        commit_folder(tmp_path / "model", full)


FILES = ("weights.bin", "state.json", "inner/rng.bin", MANIFEST)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("how", ["deleted", "truncated", "emptied", "grown", "flipped", "a folder"])
def test_damage_is_found_in_every_file(tmp_path, name, how):
    """A flipped bit loads without a word, and trains on from garbage."""
    folder = commit_folder(tmp_path / "step-000001", filled("a"))
    file = folder / name
    whole = file.read_bytes()
    if how == "deleted":
        file.unlink()
    elif how == "a folder":
        file.unlink()
        file.mkdir()
    else:
        changed = {
            "truncated": whole[: len(whole) // 2],
            "emptied": b"",
            "grown": whole + b"x",
            "flipped": whole[:-3] + bytes([whole[-3] ^ 4]) + whole[-2:],
        }[how]
        file.write_bytes(changed)
    found = damage(folder)
    assert found is not None
    assert name in found


def test_every_flipped_bit_of_the_manifest_is_damage(tmp_path):
    """The manifest has no hash of its own; whatever a flip makes of it, it must not look whole or raise."""
    folder = commit_folder(tmp_path / "step-000001", filled("a"))
    file = folder / MANIFEST
    whole = file.read_bytes()
    blank = json.dumps(json.loads(whole))
    for at in range(len(whole)):
        for bit in (at % 4, 5):
            file.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << bit)]) + whole[at + 1 :])
            found = damage(folder)
            if found is None:  # a blank that became another blank, or a number's zero: the same manifest
                assert json.dumps(json.loads(file.read_bytes())) == blank, (at, bit)


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"files": []}', '{"files": {"a": 5}}', '{"files": {"a": {}}}', "5", "null"]
)
def test_a_manifest_of_another_shape_is_damage(tmp_path, text):
    """Any JSON can stand there after somebody's editing."""
    folder = commit_folder(tmp_path / "step-000001", filled("a"))
    (folder / MANIFEST).write_text(text)
    assert damage(folder) == f"{MANIFEST} is damaged"


@pytest.mark.parametrize("how", ["entry lost", "all lost", "hash of the damaged file", "seal lost"])
def test_an_edited_manifest_is_damage(tmp_path, how):
    """A file that the list no longer names would not be looked at, and could be anything, or missing."""
    folder = commit_folder(tmp_path / "step-000001", filled("a"))
    (folder / "weights.bin").write_bytes(b"x")
    manifest = json.loads((folder / MANIFEST).read_text())
    if how == "entry lost":
        del manifest["files"]["weights.bin"]
    elif how == "all lost":
        manifest["files"] = {}
    elif how == "seal lost":
        del manifest["seal"]
    else:
        manifest["files"]["weights.bin"] = {"bytes": 1, "sha256": checkpoint.sha256_of(folder / "weights.bin")}
    (folder / MANIFEST).write_text(json.dumps(manifest))
    assert MANIFEST in damage(folder)


def steps(tmp_path: Path, *numbers: int) -> Path:
    for number in numbers:
        commit_folder(tmp_path / f"step-{number:06d}", filled(str(number)))
    return tmp_path


def test_the_newest_whole_one_is_found(tmp_path):
    """Resume takes the newest valid one and says what it passed over, and why."""
    steps(tmp_path, 10, 20, 30, 1_000_000)
    (tmp_path / "step-000030" / "weights.bin").unlink()
    (tmp_path / "step-1000000" / MANIFEST).unlink()
    found = newest_valid(tmp_path)
    assert (found.step, found.folder) == (20, tmp_path / "step-000020")
    assert found.rejected == (
        ("step-1000000", f"{MANIFEST} is missing"),
        ("step-000030", "weights.bin is missing"),
    )


def test_numbers_count_and_not_names(tmp_path):
    """As text, step-1000000 comes before step-999999."""
    assert newest_valid(steps(tmp_path, 999_999, 1_000_000)).step == 1_000_000


def test_what_is_no_checkpoint_is_left_alone(tmp_path):
    """People put notes and copies beside their checkpoints."""
    steps(tmp_path, 10)
    for name in ("step-000020.bak", "step-20", "best", ".tmp-step-000030-x", "step-00002x"):
        (tmp_path / name).mkdir()
    (tmp_path / "step-000040").write_text("a file")
    assert newest_valid(tmp_path).step == 10
    prune(tmp_path, keep=1)
    forget(tmp_path, after=0)
    assert {"step-000020.bak", "step-20", "best", "step-000040"} <= set(names(tmp_path))


def test_nothing_there_is_nothing_found(tmp_path):
    """The first start of a run has no folder yet."""
    for folder in (tmp_path, tmp_path / "none"):
        found = newest_valid(folder)
        assert (found.folder, found.step, found.rejected) == (None, 0, ())
    prune(tmp_path / "none", keep=1)
    sweep(tmp_path / "none")


def test_a_whole_one_can_be_refused_for_another_reason(tmp_path):
    """A checkpoint of other data is whole and wrong."""
    steps(tmp_path, 10, 20)
    found = newest_valid(tmp_path, refuse=lambda folder: "of other data" if folder.name.endswith("20") else None)
    assert (found.step, found.rejected) == (10, (("step-000020", "of other data"),))


def test_prune_keeps_the_newest_and_the_best(tmp_path):
    """The best one is what the model is made from at the end."""
    steps(tmp_path, 10, 20, 30, 40)
    prune(tmp_path, keep=2, also=[10])
    assert names(tmp_path) == ["step-000010", "step-000030", "step-000040"]
    prune(tmp_path, keep=5)
    assert len(names(tmp_path)) == 3


def test_later_ones_can_be_forgotten(tmp_path):
    """A damaged newer one would count among the newest kept, and push out the good ones."""
    steps(tmp_path, 10, 20, 30)
    forget(tmp_path, after=10)
    assert names(tmp_path) == ["step-000010"]


def test_sweep_clears_what_a_kill_left(tmp_path):
    """Half-written folders of gigabytes would fill the disk with every restart."""
    steps(tmp_path, 10)
    (tmp_path / ".tmp-step-000020-abc").mkdir()
    (tmp_path / ".tmp-step-000020-abc" / "weights.bin").write_bytes(b"half")
    (tmp_path / ".tmp-recipe.yaml-xyz").write_text("half")
    (tmp_path / ".old-model-gone1").mkdir()
    shutil.copytree(tmp_path / "step-000010", tmp_path / ".old-step-000010-q1w2" / "was")
    shutil.copytree(tmp_path / "step-000010", tmp_path / ".old-my-model-e3r4" / "was")
    (tmp_path / "note.txt").write_text("mine")
    sweep(tmp_path)
    assert names(tmp_path) == ["my-model", "note.txt", "step-000010"]
    assert damage(tmp_path / "my-model") is None
    sweep(tmp_path)
    assert names(tmp_path) == ["my-model", "note.txt", "step-000010"]


def _commit_for_ever(folder: Path, progress: int) -> None:
    """What the child does until it is killed: new checkpoints, a model that is replaced, and pruning."""
    number = newest_valid(folder / "checkpoints").step
    while True:
        number += 1
        commit_folder(folder / "checkpoints" / f"step-{number:06d}", filled(str(number), 40))
        os.write(progress, b".")
        commit_folder(folder / "model", filled(str(number), 40))
        prune(folder / "checkpoints", keep=2)


def _killed_while_committing(folder: Path, commits: int, delay: float) -> None:
    """Start a child, let it commit some checkpoints and go on for a moment, and kill it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _commit_for_ever(folder, writing)
        finally:
            os._exit(1)
    os.close(writing)
    for _ in range(commits):
        os.read(reading, 1)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    os.close(reading)


def test_kills_at_any_instant_lose_nothing(tmp_path):
    """Spot machines are taken away without a word: after each of thirty kills the last commit must be there, whole."""
    seen = written = 0
    for number in range(30):
        _killed_while_committing(tmp_path, commits=1 + number % 2, delay=0.0007 * (number * 7 % 30))
        model = tmp_path / "model"
        sweep(tmp_path)
        sweep(tmp_path / "checkpoints")
        found = newest_valid(tmp_path / "checkpoints")
        assert found.step > seen
        seen = found.step
        if written or model.exists():
            assert damage(model) is None
            assert int(word_of(model)) >= written
            written = int(word_of(model))
        assert [name for name in names(tmp_path) if name.startswith(".")] == []
    assert seen >= 30
    assert written > 5
