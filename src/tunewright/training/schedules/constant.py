"""No decay."""

from __future__ import annotations

from typing import Literal

from tunewright.training.schedules.schedule import Schedule

__all__ = ["Constant"]


class Constant(Schedule):
    """Linear rise, then the peak to the end: for runs whose end is not known."""

    kind: Literal["constant"] = "constant"
    """Which schedule this is."""

    def after_warmup(self, progress: float) -> float:
        return 1.0
