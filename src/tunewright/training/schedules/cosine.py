"""Cosine decay."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field

from tunewright.training.schedules.schedule import Schedule

__all__ = ["Cosine"]


class Cosine(Schedule):
    """Linear rise, then half a cosine down to a floor: longer at high rates than `linear`.

    Loshchilov & Hutter 2017.
    """

    kind: Literal["cosine"] = "cosine"
    """Which schedule this is."""
    floor: float = Field(default=0.0, ge=0.0, le=1.0)
    """Factor at the end, as a share of the peak."""

    def after_warmup(self, progress: float) -> float:
        return self.floor + (1.0 - self.floor) * 0.5 * (1.0 + math.cos(math.pi * progress))
