"""Real processes that train together over gloo, started by a test."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any

import torch
import torch.multiprocessing

from tunewright.training.world import World


def spawn(work: Callable[..., None], *given: Any, size: int = 2) -> None:
    """Run `work(world, *given)` in several processes; an error in one of them is raised here."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torch.multiprocessing.spawn(_enter, args=(size, port, work, given), nprocs=size, join=True)


def _enter(rank: int, size: int, port: int, work: Callable[..., None], given: tuple[Any, ...]) -> None:
    os.environ |= {
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "RANK": str(rank), "WORLD_SIZE": str(size),
        "GLOO_SOCKET_IFNAME": "lo",
    }  # fmt: skip
    torch.set_num_threads(1)
    world = World.join()
    work(world, *given)
    world.part()
