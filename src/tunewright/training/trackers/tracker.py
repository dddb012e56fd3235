"""The contract of a tracker."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Protocol

from tunewright.recipe import Part

__all__ = ["Scalars", "Tracker"]


class Scalars(Protocol):
    """An open place for curves."""

    def scalar(self, name: str, value: float, step: int) -> None:
        """One point of one curve."""

    def close(self) -> None:
        """Write out what is held back."""


class Tracker(Part):
    """Sends curves to a place that people watch."""

    def ready(self) -> None:
        """Raise what `open` would raise for want of a package; asked before a run writes anything."""

    @abstractmethod
    def open(self, folder: Path) -> Scalars:
        """Start; `folder` is the run's."""
