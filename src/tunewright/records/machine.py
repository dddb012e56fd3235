"""What this machine is, read from the system without torch."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import psutil

from tunewright.records.cost import Machine

__all__ = ["physical_cores", "this_machine"]

_INTERESTING = (
    "avx2", "avx512f", "avx512_bf16", "avx512_vnni", "avx512_fp16", "avx_vnni",
    "amx_bf16", "amx_int8", "amx_fp16", "asimd", "bf16", "i8mm", "sve",
)  # fmt: skip


def this_machine(threads: int, gpus: tuple[str, ...] = ()) -> Machine:
    """The sheet of this machine.

    Args:
        threads: CPU threads in use for matrix products.
        gpus: names of the accelerators, read by whoever may import torch.
    """
    name, flags = _cpu()
    return Machine(
        platform=platform.platform(terse=True),
        python=platform.python_version(),
        cpu=name,
        cores=physical_cores(),
        threads=threads,
        memory_bytes=_memory_limit(),
        gpus=gpus,
        instruction_sets=tuple(flag for flag in _INTERESTING if flag in flags),
    )


def physical_cores() -> int:
    """Cores this process may use: the smallest of physical cores, CPU affinity and the cgroup's quota."""
    counts = [psutil.cpu_count(logical=False) or os.cpu_count() or 1]
    if hasattr(os, "sched_getaffinity"):
        counts.append(len(os.sched_getaffinity(0)))
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        if quota != "max":
            counts.append(max(1, round(int(quota) / int(period))))
    except (OSError, ValueError):
        pass
    return max(1, min(counts))


def _memory_limit() -> int:
    limit = int(psutil.virtual_memory().total)
    try:
        text = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
        return limit if text == "max" else min(limit, int(text))
    except (OSError, ValueError):
        return limit


def _cpu() -> tuple[str, frozenset[str]]:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine(), frozenset()
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    fields = {key.strip(): value.strip() for key, value in fields.items()}
    name = fields.get("model name") or platform.processor() or platform.machine()
    return name, frozenset((fields.get("flags") or fields.get("Features") or "").split())
