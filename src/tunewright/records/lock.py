"""One process at a time in a run's folder."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from tunewright.errors import ResourceError

try:
    import fcntl
except ImportError:  # Windows has no fcntl; there the lock is advisory through exclusive creation alone
    fcntl = None  # type: ignore[assignment]

__all__ = ["run_lock", "waited_lock"]


@contextlib.contextmanager
def run_lock(path: Path) -> Iterator[None]:
    """Hold the lock of a run's folder. The kernel drops it when the process dies, however it dies.

    Raises:
        ResourceError: another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if fcntl is not None:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                owner = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
                raise ResourceError(
                    f"The run {path.parent} is in use by process {owner}.\n"
                    "  Wait for it, stop it, or give this run a folder of its own: output=runs/another"
                ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def waited_lock(path: Path, waits: Callable[[], None]) -> Iterator[None]:
    """Hold a lock, after whoever holds it now. Where the system has no locks, nobody waits.

    Args:
        path: the lock's file; it stays.
        waits: called once if another process holds it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if fcntl is not None:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                waits()
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
