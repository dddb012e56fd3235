"""Device, threads and memory of this machine."""

from __future__ import annotations

import torch

from tunewright.models import device as module
from tunewright.models.device import (
    best_device,
    default_token_budget,
    machine_sheet,
    peak_bytes,
    release_memory,
    resident_bytes,
    thread_count,
    use_threads,
)

CPU = torch.device("cpu")


def test_the_device_is_what_torch_has() -> None:
    """Danger: a run on the CPU of a machine with a GPU, or the other way round an error at the first tensor."""
    assert best_device().type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert torch.zeros(1, device=best_device()).sum() == 0


def test_budgets_fit_the_device() -> None:
    """Danger: batches of a GPU's size on a CPU, where they were measured several times slower."""
    assert 16 <= default_token_budget(CPU) < default_token_budget(torch.device("cuda"))


def test_threads_are_the_recipes_or_the_cores() -> None:
    """Danger: more threads than cores, which was measured several times slower."""
    assert thread_count(3) == 3
    assert thread_count(None) >= 1


def test_threads_are_put_back() -> None:
    """Danger: a run that leaves the caller's process with another number of threads, after an error too."""
    before = torch.get_num_threads()
    try:
        with use_threads(before + 1):
            assert torch.get_num_threads() == before + 1
            raise KeyError
    except KeyError:
        pass
    assert torch.get_num_threads() == before


def test_the_sheet_names_the_threads_in_use() -> None:
    """Danger: figures beside a thread count that was not the one they were taken with."""
    with use_threads(1):
        sheet = machine_sheet()
    assert sheet.threads == 1
    assert len(sheet.gpus) == torch.cuda.device_count()
    assert sheet.memory_bytes > 0


def test_memory_is_in_bytes() -> None:
    """Danger: kilobytes on Linux and bytes on macOS, taken for the same."""
    resident, peak = resident_bytes(), peak_bytes(CPU)
    assert 10_000_000 < resident <= peak * 1.01
    held = torch.ones(40_000_000)  # more than an allocator keeps of what was freed before
    assert resident_bytes() > resident + 20_000_000
    assert peak_bytes(CPU) >= peak
    del held


def test_the_peak_is_in_bytes_on_every_system(monkeypatch) -> None:
    """Danger: a peak a thousand times too large on macOS, whose system counts in bytes already."""
    linux = peak_bytes(CPU)
    monkeypatch.setattr(module.sys, "platform", "darwin")
    assert abs(peak_bytes(CPU) - linux / 1024) < linux / 1024


def test_memory_is_given_back_where_the_system_can(monkeypatch) -> None:
    """Danger: an error on a system with another C library, for something nobody would miss."""
    release_memory()

    def missing(name: str) -> None:
        raise OSError(name)

    monkeypatch.setattr(module.ctypes, "CDLL", missing)
    release_memory()


def test_a_gpus_own_peak_is_asked_for(monkeypatch) -> None:
    """Danger: the process's memory reported as the GPU's."""
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: 123)
    assert peak_bytes(torch.device("cuda")) == 123
