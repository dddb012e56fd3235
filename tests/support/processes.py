"""Real processes that train together over gloo, started by a test.

They are forked by a server that has imported what they need and computed nothing: a start costs no imports.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
from collections.abc import Callable
from typing import Any

import torch
import torch.multiprocessing

from tunewright.training.world import World

_READY = ["torch.distributed.fsdp", "transformers", "peft", "trial", "tunewright.pipeline.spread"]


def spawn(work: Callable[..., None], *given: Any, size: int = 2) -> None:
    """Run `work(world, *given)` in several processes; an error in one of them is raised here."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start(_enter, size, port, work, given, count=size)


def start(enter: Callable[..., None], *given: Any, count: int) -> None:
    """Run `enter(rank, *given)` in several processes; an error in one of them is raised here."""
    multiprocessing.set_forkserver_preload(_READY)
    torch.multiprocessing.start_processes(enter, args=given, nprocs=count, start_method="forkserver")


def _enter(rank: int, size: int, port: int, work: Callable[..., None], given: tuple[Any, ...]) -> None:
    os.environ |= {
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "RANK": str(rank), "WORLD_SIZE": str(size),
        "GLOO_SOCKET_IFNAME": "lo",
    }  # fmt: skip
    torch.set_num_threads(1)
    world = World.join()
    work(world, *given)
    world.part()
