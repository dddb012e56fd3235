"""Freed memory that stays with the process between the steps of a training.

Each step frees hundreds of megabytes and asks for the same again. The C library hands large blocks back to the system,
which gives them again page by page: 17,000 page faults a step of the sample model in two lanes, a tenth of its time.
"""

from __future__ import annotations

import ctypes
import os
import platform

__all__ = ["keep_freed_memory"]

# glibc's malloc.h: option, the variable that a user may have set instead, and the value
_SETTINGS = (
    (-1, "MALLOC_TRIM_THRESHOLD_", 2**31 - 1),  # free memory at the top of the heap is not handed back
    (-2, "MALLOC_TOP_PAD_", 64 << 20),  # the heap grows by this much at a time
    (-3, "MALLOC_MMAP_THRESHOLD_", 32 << 20),  # blocks up to this size, the most there is, come from the heap
)


def keep_freed_memory() -> bool:
    """Ask the C library to keep what is freed, for the rest of the process; whether it was asked.

    Nothing is done beside another C library than glibc, or where the environment already says how.
    `models.device.release_memory` still hands everything back.
    """
    if platform.libc_ver()[0] != "glibc" or any(name in os.environ for _, name, _ in _SETTINGS):
        return False
    library = ctypes.CDLL(None)
    return all(library.mallopt(option, value) == 1 for option, _, value in _SETTINGS)
