"""The sheet of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tunewright.records import machine
from tunewright.records.machine import physical_cores, this_machine


@pytest.fixture
def files(monkeypatch):
    """Stands in for /proc and /sys: path -> text, or None for a file that is not there."""
    texts: dict[str, str | None] = {}
    read = Path.read_text

    def read_text(self, *args, **kwargs):
        if str(self) not in texts:
            return read(self, *args, **kwargs)
        if texts[str(self)] is None:
            raise FileNotFoundError(self)
        return texts[str(self)]

    monkeypatch.setattr(Path, "read_text", read_text)
    return texts


def test_the_sheet_of_this_machine():
    """Every timing is worth only as much as this."""
    sheet = this_machine(threads=3, gpus=("a card",))
    assert sheet.threads == 3
    assert sheet.gpus == ("a card",)
    assert sheet.cpu
    assert 1 <= sheet.cores <= (os.cpu_count() or 1)
    assert sheet.memory_bytes > 100 * 2**20
    assert set(sheet.instruction_sets) <= set(machine._INTERESTING)


@pytest.mark.parametrize(
    ("quota", "cores"),
    [("max 100000", 8), ("200000 100000", 2), ("150000 100000", 2), ("50000 100000", 1), ("nonsense", 8), (None, 8)],
)
def test_a_containers_quota_counts(files, monkeypatch, quota, cores):
    """Sixteen threads on two cores of quota are several times slower than two."""
    monkeypatch.setattr(machine.psutil, "cpu_count", lambda logical: 8)
    monkeypatch.setattr(machine.os, "sched_getaffinity", lambda pid: set(range(16)), raising=False)
    files["/sys/fs/cgroup/cpu.max"] = quota
    assert physical_cores() == cores


def test_affinity_counts(files, monkeypatch):
    """A cluster's job gets a few cores of a large machine."""
    files["/sys/fs/cgroup/cpu.max"] = None
    monkeypatch.setattr(machine.psutil, "cpu_count", lambda logical: 64)
    monkeypatch.setattr(machine.os, "sched_getaffinity", lambda pid: {3, 5, 7}, raising=False)
    assert physical_cores() == 3
    monkeypatch.setattr(machine.psutil, "cpu_count", lambda logical: None)
    monkeypatch.setattr(machine.os, "cpu_count", lambda: None)
    assert physical_cores() == 1


@pytest.mark.parametrize(("limit", "total"), [("max", 1000), ("400", 400), ("5000", 1000), ("?", 1000), (None, 1000)])
def test_a_containers_memory_counts(files, monkeypatch, limit, total):
    """A forecast against the host's memory ends in a kill."""

    class Memory:
        total = 1000

    monkeypatch.setattr(machine.psutil, "virtual_memory", lambda: Memory)
    files["/sys/fs/cgroup/memory.max"] = limit
    assert machine._memory_limit() == total


def test_processors_of_both_kinds_are_read(files):
    """x86 says `flags`, Arm says `Features`."""
    files["/proc/cpuinfo"] = "model name\t: Some CPU\nflags\t\t: fpu avx2 amx_bf16 sse\n"
    sheet = this_machine(threads=1)
    assert sheet.cpu == "Some CPU"
    assert sheet.instruction_sets == ("avx2", "amx_bf16")
    files["/proc/cpuinfo"] = "processor\t: 0\nFeatures\t: fp asimd bf16 i8mm\n"
    assert this_machine(threads=1).instruction_sets == ("asimd", "bf16", "i8mm")
    files["/proc/cpuinfo"] = None
    assert this_machine(threads=1).instruction_sets == ()


def test_records_need_no_torch():
    """`tunewright --help`, and the report on a laptop, must not wait for it."""
    code = (
        "import sys, tunewright.records, tunewright.recipe as _; print([m in sys.modules for m in ('torch', 'peft')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[False, False]"
