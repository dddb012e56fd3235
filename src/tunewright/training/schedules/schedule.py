"""The contract of a schedule."""

from __future__ import annotations

from abc import abstractmethod

from pydantic import Field

from tunewright.recipe import Part

__all__ = ["Schedule"]


class Schedule(Part):
    """Factor of the peak learning rate at each step."""

    warmup_ratio: float = Field(default=0.1, ge=0.0, lt=1.0)
    """Share of all steps in which the rate rises linearly from near 0 to its peak."""

    def factor(self, step: int, steps: int) -> float:
        """Factor in 0..1 of the update `step`, counted from 0, out of `steps`; the first update is never at 0."""
        warmup = round(self.warmup_ratio * steps)
        if step < warmup:
            return (step + 1) / (warmup + 1)
        return self.after_warmup((step - warmup) / max(1, steps - warmup))

    @abstractmethod
    def after_warmup(self, progress: float) -> float:
        """Factor at a progress of 0 (end of warmup) up to, but not including, 1 (end of the run)."""
