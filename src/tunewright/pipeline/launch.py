"""Several processes of one command on this machine, with the variables that torch's launchers set."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from types import FrameType

import torch
from torch.distributed import Store, TCPStore  # type: ignore[attr-defined]

from tunewright.errors import Problem, ResourceError, RunError, Stopped, TunewrightError, UserError
from tunewright.records.machine import physical_cores
from tunewright.training.notices import Notices
from tunewright.training.world import variable

__all__ = ["launch", "speaks"]

_PAUSE = 0.1
_GRACE = 30.0
"""Seconds for the others to end after one has failed; a process that waits inside a GPU hears no signal."""


def speaks() -> bool:
    """Whether this process is the one of its job that talks to people."""
    return variable("WORLD_SIZE", 1) <= 1 or variable("RANK", 0) == 0


def launch(words: Sequence[str], processes: int) -> int:
    """Run `tunewright WORDS` in several processes that train together; answers the exit status of the job.

    SIGTERM and SIGINT are passed on, once, and waited for as long as saving takes. When one process fails, the others
    are ended.

    Raises:
        UserError: a launcher has started this process already, or there are fewer GPUs than processes.
        ResourceError: a process was killed.
    """
    _refuse(processes)
    # the launcher keeps the board, so that no port has to be guessed and the last word can be read when all are gone
    board = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False, timeout=timedelta(minutes=30))
    crew: list[subprocess.Popen[bytes]] = []
    with _passed_on(crew) as asked:
        try:
            for rank in range(processes):
                crew.append(_start(words, rank, processes, board.port))
            for number in asked:  # it came while they were being started
                _tell(crew, number)
            killed = _watch(crew, asked, board)
        finally:
            _end(crew)
    return _status(crew, asked, killed)


def _refuse(processes: int) -> None:
    given = variable("WORLD_SIZE", 1)
    if given > 1:
        raise UserError(
            f"WORLD_SIZE={given} says that a launcher has started this process as one of {given} already.\n"
            "  Leave out --processes under torchrun and its like, or unset WORLD_SIZE."
        )
    gpus = torch.cuda.device_count()
    if torch.cuda.is_available() and processes > gpus:
        problem = Problem(
            "--processes",
            f"is {processes}, and this machine has {gpus} GPU{'s' if gpus > 1 else ''}; two cannot share one",
            f"Allowed: up to {gpus}. To train on the CPU: CUDA_VISIBLE_DEVICES= tunewright train ...",
        )
        raise UserError(f"The processes cannot be started.\n{problem}")


def _start(words: Sequence[str], rank: int, processes: int, port: int) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "RANK": str(rank),
        "WORLD_SIZE": str(processes),
        "LOCAL_RANK": str(rank),
        "LOCAL_WORLD_SIZE": str(processes),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "TORCHELASTIC_USE_AGENT_STORE": "True",  # torch's word for: the store is there, only connect to it
    }
    # more threads than cores were measured to make every step several times slower
    environment.setdefault("OMP_NUM_THREADS", str(max(1, physical_cores() // processes)))
    if any(name == "lo" for _, name in socket.if_nameindex()):
        environment.setdefault("GLOO_SOCKET_IFNAME", "lo")  # a machine's own name need not lead anywhere
    # a session of its own: Ctrl-C in a terminal reaches the launcher alone, and each process once
    return subprocess.Popen(
        [sys.executable, "-m", "tunewright", *words], env=environment, stdin=subprocess.DEVNULL, start_new_session=True
    )


@contextlib.contextmanager
def _passed_on(crew: list[subprocess.Popen[bytes]]) -> Iterator[list[int]]:
    """While inside, signals go to the crew; the list tells which came."""
    asked: list[int] = []

    def pass_on(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        _tell(crew, number)

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(crew: Sequence[subprocess.Popen[bytes]], number: int) -> None:
    for member in crew:
        if member.poll() is None:
            member.send_signal(number)


def _watch(crew: Sequence[subprocess.Popen[bytes]], asked: list[int], board: Store) -> int | None:
    """Wait until all are done, or one has failed, or a signal was answered by one of them: nobody leaves by a signal
    before the state is saved. Answers the rank of a process that was killed and cannot say so itself."""
    while None in (statuses := [member.poll() for member in crew]):
        for rank, status in enumerate(statuses):
            if status is not None and status < 0 and not asked:
                notices = Notices(board, rank, len(crew))  # so that the others do not guess
                return rank if notices.claim_failure(_killed(rank, len(crew), -status, asked).exit_code) else None
        if any(status or (asked and status == 0) for status in statuses):
            return None
        time.sleep(_PAUSE)
    return None


def _end(crew: Sequence[subprocess.Popen[bytes]]) -> None:
    """Let nobody outlive the job: what lost its peers ends by itself, the rest is asked, then killed."""
    for ask in (None, signal.SIGTERM, signal.SIGKILL):
        if ask is not None:
            _tell(crew, ask)
        left = [member for member in crew if member.poll() is None]
        until = time.monotonic() + _GRACE
        while left and time.monotonic() < until:
            time.sleep(_PAUSE)
            left = [member for member in left if member.poll() is None]


def _status(crew: Sequence[subprocess.Popen[bytes]], asked: list[int], killed: int | None) -> int:
    """The status of those that have spoken for themselves, or an error where nobody could."""
    ended = [int(member.returncode or 0) for member in crew]
    spoken = [status for status in ended if status > 0]
    silent = [rank for rank, status in enumerate(ended) if status < 0]
    if killed is not None or (silent and not spoken):
        rank = silent[0] if killed is None else killed
        raise _killed(rank, len(crew), -ended[rank], asked)
    return spoken[0] if spoken else 0


def _killed(rank: int, size: int, number: int, asked: list[int]) -> TunewrightError:
    name = signal.Signals(number).name
    if number in asked:
        return Stopped(number, f"Stopped by {name} before training began; what was saved until now stands.")
    text = f"Process {rank} of {size} was ended by {name}"
    if number == signal.SIGKILL:
        return ResourceError(
            f"{text}, most often because the machine ran out of memory; the others were stopped.\n"
            "  Start fewer processes or lower training.token_budget, and go on with --resume"
        )
    return RunError(f"{text}; the others were stopped.\n  Go on with --resume")
