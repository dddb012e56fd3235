"""Which steps are timed."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.timeline import Timeline, peak_resident_bytes


def timeline(seconds: list[float]) -> Timeline:
    """Steps of 4 rows, 40 tokens computed, 30 real."""
    ends = np.cumsum(seconds).tolist()
    count = len(seconds)
    return Timeline(
        began=0.0, ends=ends, cpu=[0.0, *(2 * end for end in ends)], rows=[4] * count, tokens=[40] * count,
        real_tokens=[30] * count, squares=[230] * count,
    )  # fmt: skip


def test_warm_up_and_what_lies_between_epochs_do_not_count() -> None:
    """Danger: a slow first step, or a checkpoint at an epoch's end, is taken for the loop's speed."""
    found = timeline([9, 9, 9, 1, 1, 50, 1, 1, 1, 1]).figures(steps_per_epoch=5)
    assert found["steps_counted"] == 6
    assert found["samples_per_second"] == pytest.approx(4.0)
    assert found["tokens_per_second"] == pytest.approx(30.0)
    assert found["computed_tokens_per_second"] == pytest.approx(40.0)
    assert found["samples_per_cpu_second"] == pytest.approx(2.0)
    assert found["loop_seconds"] == pytest.approx(83.0)


def test_the_whole_holds_every_second() -> None:
    """Danger: torch.compile is counted without what it costs before the first step."""
    found = timeline([60, 1, 1, 1, 1]).figures(steps_per_epoch=9, whole=True)
    assert found["samples_per_second"] == pytest.approx(20 / 64)


def test_what_was_computed_before_the_loop_is_paid_for() -> None:
    """Danger: frozen layers computed before the loop make the loop look faster than the training is."""
    steps = timeline([1] * 8)
    steps.before, steps.before_cpu = 8.0, 16.0
    found = steps.figures(steps_per_epoch=9)
    assert found["samples_per_second"] == pytest.approx(2.0)
    assert found["samples_per_cpu_second"] == pytest.approx(1.0)


def test_too_few_steps_are_an_error() -> None:
    """Danger: a rate from nothing."""
    with pytest.raises(ValueError, match="take more rows"):
        timeline([1, 1, 1, 1]).figures(steps_per_epoch=9)


def test_the_peak_holds_what_was_given_back() -> None:
    """Danger: memory now is reported as the peak."""
    before = peak_resident_bytes()
    block = np.ones(before + (64 << 20), dtype=np.uint8)
    size = len(block)
    del block
    assert peak_resident_bytes() >= size
