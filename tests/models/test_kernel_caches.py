"""Compiled kernels do not pile up with the shapes that batches have."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tunewright.models.device import use_threads
from tunewright.models.kernel_caches import bound_kernel_caches
from tunewright.records.machine import this_machine

_SHAPES = """
import sys, psutil, torch
from tunewright.models.device import use_threads
def products(first, last):
    for rows in range(first, last):
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            torch.nn.functional.linear(torch.ones(rows, 384), weight)
weight = torch.ones(1536, 384)
with use_threads(1):
    products(32, 64)
    before = psutil.Process().memory_info().rss
    products(64, 464)
    print(psutil.Process().memory_info().rss - before)
"""


def test_what_the_user_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: a machine's tuning thrown away without a word."""
    monkeypatch.setenv("LRU_CACHE_CAPACITY", "400")
    monkeypatch.delenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", raising=False)
    bound_kernel_caches()
    assert os.environ["LRU_CACHE_CAPACITY"] == "400"
    assert os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] == "128"


def test_they_are_bounded_wherever_threads_are_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: training is bounded, and a service that predicts for weeks grows."""
    monkeypatch.delenv("LRU_CACHE_CAPACITY", raising=False)
    with use_threads(1):
        assert "LRU_CACHE_CAPACITY" in os.environ


@pytest.mark.skipif("avx512_bf16" not in this_machine(1).instruction_sets, reason="other kernels on this CPU")
def test_many_shapes_take_no_memory() -> None:
    """Danger: 0.8 GB in a few dozen steps, which no forecast knows of."""
    grown = {}
    for capacity in ("", "1024"):
        environment = {k: v for k, v in os.environ.items() if not k.endswith("_CACHE_CAPACITY")}
        if capacity:
            environment |= {"LRU_CACHE_CAPACITY": capacity, "ONEDNN_PRIMITIVE_CACHE_CAPACITY": capacity}
        done = subprocess.run(
            [sys.executable, "-c", _SHAPES], env=environment, capture_output=True, text=True, check=True
        )
        grown[capacity] = int(done.stdout)
    assert grown[""] < 0.5 * grown["1024"], grown
