"""Where prepared data is kept between runs: under a key that changes with all that decides it, whole or not there."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tunewright.errors import ResourceError
from tunewright.records.cache import cache_folder, cache_limit
from tunewright.records.checkpoint import MANIFEST, commit_folder, damage
from tunewright.records.lock import waited_lock

__all__ = ["Kept", "Store", "clear", "kept", "remembered"]

T = TypeVar("T")

_ROOM = "prepared"
_WORK = "work-"
_STALE = 14 * 86_400  # seconds after which shards that nobody went on with are cleared away


@dataclass(frozen=True)
class Store:
    """The place of one recipe's prepared data.

    Attributes:
        root: the folder of all prepared data.
        key: what decides the data, as a hash.
    """

    root: Path
    key: str

    @classmethod
    def at(cls, key: str) -> Store | None:
        """The place for a key in the user's cache; None where there is no cache folder, or nothing is to be kept."""
        cache = cache_folder()
        return None if cache is None or cache_limit() == 0 else cls(cache / _ROOM, key)

    @property
    def folder(self) -> Path:
        """Where the finished data lies."""
        return self.root / self.key

    @property
    def finished(self) -> bool:
        """Whether finished data lies there; `damage` says whether it is whole. Cheap: for those who wait for it."""
        return (self.folder / MANIFEST).is_file()

    def open(self, note: Callable[[str], None]) -> Path | None:
        """The folder if every byte in it is as it was written. A damaged one is removed, with a note, never used."""
        if not self.finished:
            return None
        problem = damage(self.folder)
        if problem is not None:
            note(f"The prepared data in {self.folder} is damaged ({problem}): it is prepared anew.")
            self.discard()
            return None
        with contextlib.suppress(OSError):
            os.utime(self.folder / MANIFEST)  # what was used last is cleared away last
        return self.folder

    def discard(self) -> None:
        """Remove what lies there."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextlib.contextmanager
    def making(self, note: Callable[[str], None]) -> Iterator[Path]:
        """A folder to prepare in, which holds what an earlier, killed process finished of it.

        One process at a time: a second one waits here until the first is done, and then finds `finished` true. So do
        the processes of one job: the first prepares, the others open what it made.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        lock = self.root / f".lock-{self.key}"
        work = self.root / f"{_WORK}{self.key}"
        with waited_lock(lock, lambda: note("Another process prepares the same data: waiting for it.")):
            work.mkdir(exist_ok=True)
            os.utime(work)
            yield work

    def keep(self, write: Callable[[Path], None], note: Callable[[str], None]) -> None:
        """Keep what was computed, by `write(work)`, unless another process has meanwhile. Where the disk refuses, a run
        that has it in memory goes on without, and says so."""
        try:
            with self.making(note) as work:
                if not self.finished:
                    write(work)
                    self.commit(work)
        except (OSError, ResourceError) as error:
            note(f"What was computed is not kept for the next run: {error}")

    def commit(self, work: Path) -> Path:
        """Seal what was prepared in `making`'s folder, and put it in place in one rename."""

        def move(temporary: Path) -> None:
            for entry in work.iterdir():
                entry.rename(temporary / entry.name)

        commit_folder(self.folder, move)
        shutil.rmtree(work, ignore_errors=True)
        _make_room(self.root, cache_limit(), spare=self.key)
        return self.folder


def remembered(
    key: str,
    *,
    read: Callable[[Path], T],
    make: Callable[[], T],
    write: Callable[[T, Path], None],
    note: Callable[[str], None],
) -> T:
    """What an earlier run has kept under a key; else what is made now, kept for the next run where there is a place.

    Args:
        key: what decides it, as a hash.
        read: from the folder that holds it.
        make: computes it. Two processes may both do so; one keeps it.
        write: into a folder, so that `read` gives the same.
        note: takes a sentence about what was damaged, or could not be kept.
    """
    store = Store.at(key)
    folder = store.open(note) if store else None
    if folder is not None:
        return read(folder)
    made = make()
    if store is not None:
        store.keep(lambda work: write(made, work), note)
    return made


@dataclass(frozen=True)
class Kept:
    """Prepared data of one recipe, or shards of one that was not finished.

    Attributes:
        folder: where it lies.
        bytes: its size.
        used: when it was last used, seconds since 1970.
        finished: false for shards that a stopped process left, to be gone on with.
    """

    folder: Path
    bytes: int
    used: float
    finished: bool


def kept(root: Path | None = None) -> list[Kept]:
    """All prepared data in the user's cache, what was used last first."""
    cache = cache_folder()
    where = root if root is not None else cache / _ROOM if cache is not None else None
    if where is None or not where.is_dir():
        return []
    found = []
    for folder in (entry for entry in where.iterdir() if entry.is_dir() and not entry.is_symlink()):
        manifest = folder / MANIFEST
        with contextlib.suppress(OSError):  # another process may just clear it away
            files = [entry.stat() for entry in folder.rglob("*") if entry.is_file()]
            used = manifest.stat().st_mtime if manifest.is_file() else folder.stat().st_mtime
            found.append(Kept(folder, sum(file.st_size for file in files), used, manifest.is_file()))
    return sorted(found, key=lambda one: -one.used)


def clear() -> int:
    """Remove all prepared data from the user's cache; answers the bytes that were freed. Nothing in it is lost work:
    it is prepared again when it is needed."""
    found = kept()
    for one in found:
        shutil.rmtree(one.folder, ignore_errors=True)
    return sum(one.bytes for one in found)


def _make_room(root: Path, limit: int, spare: str) -> None:
    """Remove what was used longest ago until the rest is within the limit, and shards that nobody went on with."""
    total = 0
    for one in kept(root):
        abandoned = not one.finished and time.time() - one.used > _STALE
        total += one.bytes
        if one.folder.name != spare and (abandoned or (one.finished and total > limit)):
            shutil.rmtree(one.folder, ignore_errors=True)
            total -= one.bytes
