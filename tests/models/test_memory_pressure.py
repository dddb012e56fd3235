"""A lack of memory, told apart from mistakes."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch

from tunewright.errors import ResourceError
from tunewright.models import memory_pressure
from tunewright.models.memory_pressure import free, is_out_of_memory


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp:121] data. DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes."),
        RuntimeError("mmap: Cannot allocate memory"),
    ],
)
def test_shortages(error: BaseException) -> None:
    """Danger: the words differ by system; one that is not known ends the run instead of halving its batches."""
    assert is_out_of_memory(error)


def test_a_real_shortage_of_the_cpu() -> None:
    """Danger: a list of words that torch no longer says. This asks torch for 2^62 bytes."""
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60)
    assert is_out_of_memory(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
        IndexError("index out of range in self"),
        ValueError("can't allocate memory"),
        ResourceError("The disk is full"),
        KeyboardInterrupt(),
    ],
)
def test_mistakes_are_none(error: BaseException) -> None:
    """Danger: a mistake that is tried again with less and less memory, and reported as a lack of it."""
    assert not is_out_of_memory(error)


def test_freeing_lets_go_of_circles(monkeypatch) -> None:
    """Danger: the failed step's tensors, held by a traceback's circle, while the next try needs their memory."""

    class Node:
        def __init__(self) -> None:
            self.me = self

    gc.disable()
    try:
        node = Node()
        gone = weakref.ref(node)
        del node
        assert gone() is not None
        free()
        assert gone() is None
    finally:
        gc.enable()
    emptied = []
    monkeypatch.setattr(memory_pressure.torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(memory_pressure.torch.cuda, "empty_cache", lambda: emptied.append(True))
    free()
    assert emptied
