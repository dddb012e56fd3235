"""The place of prepared data: whole or not there, one maker at a time, within its limit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from tunewright.pipeline.store import Store, clear, kept, remembered

HOLD = """
import sys
from pathlib import Path
from tunewright.pipeline.store import Store
store = Store(Path(sys.argv[1]), "k")
with store.making(print) as work:
    print("begun", flush=True)
    sys.stdin.readline()
    (work / "a").write_text("whole")
    store.commit(work)
"""


def made(store: Store, size: int = 10) -> Store:
    with store.making(print) as work:
        (work / "a").write_bytes(b"x" * size)
        store.commit(work)
    return store


def test_what_was_made_is_found(own_cache):
    """The whole point: the second run starts from what the first has made."""
    store = Store.at("k")
    assert store is not None and not store.finished and store.open(pytest.fail) is None
    made(store)
    assert store.finished
    assert store.open(pytest.fail) == own_cache / "prepared" / "k"
    assert [p.name for p in store.root.iterdir() if p.name != ".lock-k"] == ["k"]


@pytest.mark.parametrize("harm", ["flip", "cut", "gone"])
def test_damaged_data_is_never_used(harm):
    """One flipped bit in a token trains on another word, and nobody would ever see it."""
    store = made(Store.at("k"))
    file = store.folder / "a"
    if harm == "gone":
        file.unlink()
    else:
        file.write_bytes(b"x" * 9 + (b"y" if harm == "flip" else b""))
    told: list[str] = []
    assert store.open(told.append) is None
    assert "damaged" in told[0] and "anew" in told[0]
    assert not store.folder.exists()


def test_a_second_process_waits_and_then_finds_it(own_cache):
    """Eight processes of one job must not encode the same data eight times into one folder."""
    root = own_cache / "prepared"
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "begun\n"
    store, told = Store(root, "k"), []
    assert not store.finished

    def waits(text: str) -> None:
        told.append(text)
        child.stdin.write("\n")
        child.stdin.flush()

    with store.making(waits):
        assert store.finished
        assert store.open(pytest.fail) is not None
    assert "waiting" in told[0]
    assert child.wait(30) == 0


def test_a_killed_maker_leaves_its_shards_and_no_lock(own_cache):
    """A lock that outlives its process would stop all later runs; its shards are what the next one goes on with."""
    root = own_cache / "prepared"
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "begun\n"
    (root / "work-k" / "shard").write_text("done")
    child.send_signal(signal.SIGKILL)
    child.wait()
    store = Store(root, "k")
    assert not store.finished
    with store.making(pytest.fail) as work:
        assert (work / "shard").read_text() == "done"


def test_what_was_used_longest_ago_makes_room(monkeypatch):
    """Without a limit every change of a recipe would leave gigabytes behind."""
    monkeypatch.setenv("TUNEWRIGHT_CACHE_GIB", str(2500 / 2**30))
    first, second = made(Store.at("first"), 1000), made(Store.at("second"), 1000)
    for age, store in ((50, second), (100, first)):
        then = time.time() - age
        os.utime(store.folder / "MANIFEST.json", (then, then))
    first.open(print)  # used now
    made(Store.at("third"), 1000)
    assert [one.folder.name for one in kept()] == ["third", "first"]
    made(Store.at("large"), 5000)  # beyond the limit by itself, and still what this run needs
    assert [one.folder.name for one in kept()] == ["large"]


def test_abandoned_shards_are_cleared_away():
    """Shards of a recipe that nobody runs again would lie there for good."""
    store = Store.at("old")
    with store.making(print) as work:
        (work / "shard").write_text("x")
    then = time.time() - 15 * 86_400
    os.utime(work, (then, then))
    made(Store.at("new"))
    assert not work.exists()


def test_nothing_is_kept_at_a_limit_of_zero(monkeypatch):
    """Whoever may not copy the data elsewhere must be able to say so."""
    monkeypatch.setenv("TUNEWRIGHT_CACHE_GIB", "0")
    assert Store.at("k") is None


def test_clearing_removes_all_of_it(own_cache):
    """Texts of customers must be gone when their owner says so."""
    made(Store.at("a"), 100)
    with Store.at("b").making(print) as work:
        (work / "shard").write_bytes(b"x" * 50)
    assert [one.finished for one in kept()].count(False) == 1
    assert clear() >= 150
    assert kept() == [] and not any(p.is_dir() for p in (own_cache / "prepared").iterdir())


def test_a_disk_that_refuses_costs_a_note_and_not_the_run(own_cache, monkeypatch):
    """Danger: what took minutes to compute lies in memory, and the run ends because it cannot be kept."""
    store, notes = Store.at("a"), []

    def refuse(work):
        raise OSError(28, "No space left on device")

    store.keep(refuse, notes.append)
    assert not store.finished
    assert len(notes) == 1 and "No space left" in notes[0]
    store.keep(lambda work: (work / "x").write_text("1"), notes.append)
    assert store.finished and len(notes) == 1


class Answer:
    """Something to be remembered, which counts how often it was made."""

    def __init__(self, value: str) -> None:
        self.value, self.made = value, 0
        self.notes: list[str] = []

    def make(self) -> str:
        self.made += 1
        return self.value

    def asked(self, key: str) -> str:
        return remembered(
            key,
            read=lambda folder: (folder / "a").read_text(),
            make=self.make,
            write=lambda found, work: (work / "a").write_text(found),
            note=self.notes.append,
        )


def test_what_is_remembered_is_made_once_for_each_key(own_cache):
    """Danger: every run pays for it again, or is given what was made for other rows."""
    first, other = Answer("first"), Answer("other")
    assert [first.asked("a"), other.asked("a"), other.asked("b")] == ["first", "first", "other"]
    assert (first.made, other.made) == (1, 1) and not first.notes + other.notes


def test_what_is_remembered_and_damaged_is_made_anew(own_cache):
    """Danger: a flipped bit is read as what the model said; or the damage stays and every run stumbles over it."""
    answer = Answer("first")
    answer.asked("a")
    (own_cache / "prepared" / "a" / "a").write_text("fIrst")
    assert [answer.asked("a"), answer.asked("a")] == ["first", "first"]
    assert answer.made == 2 and len(answer.notes) == 1 and "damaged" in answer.notes[0]


def test_without_a_place_it_is_made_each_time(monkeypatch):
    """Danger: whoever keeps nothing cannot run at all."""
    monkeypatch.setenv("TUNEWRIGHT_CACHE_GIB", "0")
    answer = Answer("first")
    assert [answer.asked("a"), answer.asked("a")] == ["first", "first"]
    assert answer.made == 2 and kept() == []
