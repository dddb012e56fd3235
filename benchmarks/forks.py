"""Strikes processes: forks a child for an attempt, hits it at a chosen instant, and tells how it ended.

The process that uses this imports what the children need, computes nothing and starts no thread: a fork keeps neither
threads nor their pools. A child then costs its work alone and not the seconds that imports take.
"""

from __future__ import annotations

import contextlib
import math
import mmap
import os
import resource
import select
import signal
import struct
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Attempt", "Blow", "Told", "attempt"]

PATIENCE = 120.0
"""Seconds after which a child counts as hung."""
_CALLS = 64
"""Where the marks of the calls begin."""


class Told:
    """What a child tells its parent: memory that outlives a kill, and a pipe that wakes the parent at each save."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 1 << 20)
        self._pipe = -1

    def clear(self, pipe: int) -> None:
        """Forget the last attempt; `pipe` is where the next child writes."""
        self._memory[:] = bytes(len(self._memory))
        self._pipe = pipe

    @property
    def saving(self) -> bool:
        """Whether the child is, or was at its end, inside a save."""
        return self._memory[0] == 1

    @property
    def saves(self) -> int:
        """Saves begun."""
        return self._number(8)

    @property
    def save_seconds(self) -> float:
        """Mean duration of the saves that ended."""
        (total,) = struct.unpack_from("d", self._memory, 24)
        return float(total) / max(1, self.saves)

    @property
    def calls(self) -> int:
        """Calls counted."""
        return self._number(16)

    def calls_inside_saves(self) -> list[int]:
        """Numbers of the counted calls that fell inside a save."""
        return [number for number in range(1, self.calls + 1) if self._memory[_CALLS + number]]

    @contextlib.contextmanager
    def inside_a_save(self) -> Iterator[None]:
        """Around a save, in the child."""
        struct.pack_into("q", self._memory, 8, self.saves + 1)
        self._memory[0] = 1
        os.write(self._pipe, b".")
        began = time.monotonic()
        try:
            yield
        finally:
            (total,) = struct.unpack_from("d", self._memory, 24)
            struct.pack_into("d", self._memory, 24, total + time.monotonic() - began)
            self._memory[0] = 0

    def count(self) -> int:
        """One more call, in the child; remembers whether it fell inside a save."""
        number = self.calls + 1
        struct.pack_into("q", self._memory, 16, number)
        self._memory[_CALLS + number] = int(self.saving)
        return number

    def _number(self, at: int) -> int:
        return int(struct.unpack_from("q", self._memory, at)[0])


@dataclass(frozen=True)
class Blow:
    """How an attempt is ended: when, and with which signal."""

    number: int = signal.SIGKILL
    at_call: int = 0
    """The child hits itself at this counted call; 0 never."""
    before: bool = False
    """Whether it does so before the call is made."""
    at_save: int = 0
    """The parent hits the child `after_seconds` from the beginning of this save; 0: from that of the attempt."""
    after_seconds: float = 0.0
    """0 never, unless `at_save` is set."""

    def counted(self, call: Callable[..., object], told: Told) -> Callable[..., object]:
        """The same call, counted, with the blow before or after it when its turn has come."""

        def counted(*arguments: object, **named: object) -> object:
            strikes = told.count() == self.at_call
            if strikes and self.before:
                os.kill(os.getpid(), self.number)
            result = call(*arguments, **named)
            if strikes and not self.before:
                os.kill(os.getpid(), self.number)
            return result

        return counted


@dataclass(frozen=True)
class Attempt:
    """How a child ended."""

    status: int
    """Exit status, or minus the signal."""
    saving: bool
    """Whether it ended inside a save."""
    seconds: float
    cpu_seconds: float
    log: str
    """What it printed."""


def attempt(work: Callable[[], int], told: Told, blow: Blow, log: Path) -> Attempt:
    """Fork, let the child do its work, strike, and wait for its end."""
    reading, writing = os.pipe()
    told.clear(writing)
    began, used = time.monotonic(), _children_cpu()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _be_the_child(work, log)
    os.close(writing)
    try:
        _strike(child, blow, reading)
    finally:
        os.close(reading)
    _, status = os.waitpid(child, 0)
    return Attempt(
        os.waitstatus_to_exitcode(status),
        told.saving,
        time.monotonic() - began,
        _children_cpu() - used,
        log.read_text(encoding="utf-8", errors="replace"),
    )


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _be_the_child(work: Callable[[], int], log: Path) -> None:
    code = 70
    try:
        stream = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(stream, 1)
        os.dup2(stream, 2)
        code = work()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _strike(child: int, blow: Blow, pipe: int) -> None:
    """Read the child's pipe until its end closes it, and hit once on the way."""
    began = time.monotonic()
    limit = began + PATIENCE
    due = began + blow.after_seconds if blow.after_seconds and not blow.at_save else math.inf
    saves, struck = 0, False
    while True:
        ready = select.select([pipe], [], [], max(0.0, min(due, limit) - time.monotonic()))[0]
        if ready:
            signs = os.read(pipe, 4096)
            if not signs:
                return
            saves += len(signs)
            if 0 < blow.at_save <= saves and not struck and due == math.inf:
                due = time.monotonic() + blow.after_seconds
        if time.monotonic() >= limit:
            os.kill(child, signal.SIGKILL)
            limit = math.inf
        elif time.monotonic() >= due:
            os.kill(child, blow.number)
            due, struck = math.inf, True
