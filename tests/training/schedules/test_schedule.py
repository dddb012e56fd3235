"""What all schedules have in common: the rise."""

from __future__ import annotations

import pytest

from tunewright.training.schedules import Schedule
from tunewright.training.schedules.constant import Constant


def test_the_rise_is_linear() -> None:
    """Danger: a first step of size zero, or one that is as large as the peak."""
    schedule = Constant(warmup_ratio=0.4)
    assert [schedule.factor(step, 10) for step in range(6)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0, 1.0])


@pytest.mark.parametrize("ratio", [-0.1, 1.0, 100])
def test_a_ratio_is_a_share(ratio: float) -> None:
    """Danger: `warmup: 100` meant as steps and taken as a share, so that the peak is never reached."""
    with pytest.raises(ValueError, match="warmup_ratio"):
        Constant(warmup_ratio=ratio)


def test_a_schedule_must_say_how_it_goes_on() -> None:
    """Danger: a schedule of a third party that fails after the warm-up."""
    with pytest.raises(TypeError, match="abstract"):
        Schedule(kind="nothing")
