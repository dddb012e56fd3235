from __future__ import annotations

import numpy as np
import pytest

from tunewright.evaluation import resident
from tunewright.evaluation.resident import ResidentPeak

SIZE = 2**27


@pytest.fixture(params=["kept by the system", "looked at by a thread"])
def way(request, monkeypatch, tmp_path) -> None:
    """Both ways to learn of a peak."""
    if request.param == "looked at by a thread":
        monkeypatch.setattr(resident, "_CLEAR", tmp_path / "not" / "there")
    elif not resident._forget_highest():
        pytest.skip("this system keeps no high-water mark")


def work(seconds_of_sums: int = 60) -> None:
    block = np.ones(SIZE // 8)
    for _ in range(seconds_of_sums):
        block.sum()


def test_a_peak_that_is_gone_again_is_seen(way) -> None:
    """A look before and after shows no growth at all."""
    with ResidentPeak() as peak:
        work()
    assert 0.99 * SIZE <= peak.growth < 1.3 * SIZE


def test_growth_does_not_hide_in_memory_that_was_freed(way) -> None:
    """The C library keeps freed memory: the second forward grows into it, and looks as if it took nothing."""
    work(1)
    with ResidentPeak() as peak:
        work()
    with ResidentPeak() as again:
        work()
    assert min(peak.growth, again.growth) >= 0.99 * SIZE


def small_blocks() -> bytearray:
    """Takes and frees as much in small pieces; the piece that is given back keeps the C library from letting go."""
    pieces = [bytearray(100_000) for _ in range(SIZE // 100_000)]
    pin = bytearray(100_000)
    del pieces
    return pin


def test_memory_held_after_use_is_given_back_first(way) -> None:
    """Memory that the C library holds for later would be used again without growing."""
    pins = [small_blocks()]
    with ResidentPeak() as peak:
        pins.append(small_blocks())
    assert peak.growth > 0.7 * SIZE


def test_an_earlier_peak_is_forgotten(way) -> None:
    """The peak of training would else be the peak of every forward after it."""
    work(1)
    with ResidentPeak() as peak:
        pass
    assert peak.growth < SIZE / 4


def test_no_system_file_is_no_error(monkeypatch, tmp_path) -> None:
    """Not every system has /proc."""
    monkeypatch.setattr(resident, "_STATUS", tmp_path / "none")
    monkeypatch.setattr(resident, "_CLEAR", tmp_path / "writable")
    assert resident._highest() == 0 and resident._forget_highest() is False
