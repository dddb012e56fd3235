"""No decay."""

from __future__ import annotations

from tunewright.training.schedules.constant import Constant


def test_the_peak_to_the_end() -> None:
    """Danger: a schedule for runs without a known end that depends on the end."""
    schedule = Constant(warmup_ratio=0.0)
    assert {schedule.factor(step, steps) for steps in (1, 10, 1000) for step in range(steps)} == {1.0}
