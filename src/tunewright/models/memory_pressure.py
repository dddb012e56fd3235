"""Running out of memory, told apart from other errors."""

from __future__ import annotations

import gc

import torch

__all__ = ["free", "is_out_of_memory"]

_CPU_SIGNS = ("can't allocate memory", "not enough memory", "Cannot allocate memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a smaller forward could have worked."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _CPU_SIGNS)


def free() -> None:
    """Drop what a failed step left behind."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
