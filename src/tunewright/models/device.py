"""The device a run computes on, and what it can do."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import sys
from collections.abc import Iterator

import psutil
import torch

from tunewright.models.kernel_caches import bound_kernel_caches
from tunewright.records.cost import Machine
from tunewright.records.machine import physical_cores, this_machine

__all__ = [
    "best_device",
    "default_token_budget",
    "machine_sheet",
    "peak_bytes",
    "release_memory",
    "resident_bytes",
    "thread_count",
    "use_threads",
]


def best_device() -> torch.device:
    """CUDA if there is one, else the CPU."""
    return torch.device("cuda", torch.cuda.current_device()) if torch.cuda.is_available() else torch.device("cpu")


def default_token_budget(device: torch.device) -> int:
    """Tokens in one forward: what a CPU's caches were measured to like, or enough to fill a GPU."""
    return 16384 if device.type == "cuda" else 2048


def thread_count(wanted: int | None) -> int:
    """CPU threads to use: the recipe's, else OMP_NUM_THREADS where it is set, else the cores this process may use."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return wanted or (int(asked) if asked.isdigit() and int(asked) > 0 else physical_cores())


@contextlib.contextmanager
def use_threads(count: int) -> Iterator[None]:
    """Run with a number of CPU threads for matrix products, restored afterwards, and with bounded kernel caches."""
    bound_kernel_caches()
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def machine_sheet() -> Machine:
    """This machine with its GPUs and the threads in use now."""
    gpus = tuple(torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count()))
    return this_machine(torch.get_num_threads(), gpus)


def resident_bytes() -> int:
    """Memory of this process that is in RAM now."""
    return int(psutil.Process().memory_info().rss)


def peak_bytes(device: torch.device) -> int:
    """Most memory used so far: allocated on a GPU, resident on a CPU."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    unit = 1 if sys.platform == "darwin" else 1024
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * unit


def release_memory() -> None:
    """Hand freed memory back to the system, where the C library can; keeps a later measurement honest."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
