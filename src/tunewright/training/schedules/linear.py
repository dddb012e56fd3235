"""Linear decay."""

from __future__ import annotations

from typing import Literal

from tunewright.training.schedules.schedule import Schedule

__all__ = ["Linear"]


class Linear(Schedule):
    """Linear rise, then linear fall to 0: the usual choice for fine-tuning (Devlin et al. 2019)."""

    kind: Literal["linear"] = "linear"
    """Which schedule this is."""

    def after_warmup(self, progress: float) -> float:
        return 1.0 - progress
