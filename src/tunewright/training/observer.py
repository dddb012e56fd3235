"""Who looks on while a run works: a progress bar, plain lines, a tracker. Never changes the run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from tunewright.training.step import Update

__all__ = ["Observer", "Silent"]


class Observer(Protocol):
    """Told what happens, in order."""

    def phase(self, title: str) -> None:
        """A new stage begins: "Reading reviews.csv"."""

    def progress(self, done: int, total: int) -> None:
        """The stage's work, where it can be counted."""

    def note(self, text: str) -> None:
        """Something a person should see."""

    def training_starts(self, done: int, total: int) -> None:
        """Optimizer steps done already (a resumed run) and in all."""

    def step(self, step: int, epoch: float, update: Update, learning_rate: float) -> None:
        """After each optimizer step."""

    def validation(self, step: int, metrics: Mapping[str, float], name: str, best: bool) -> None:
        """After each validation; `name` is the metric that selects."""

    def training_ends(self) -> None:
        """The loop is over."""


class Silent:
    """An observer that says nothing."""

    def phase(self, title: str) -> None: ...

    def progress(self, done: int, total: int) -> None: ...

    def note(self, text: str) -> None: ...

    def training_starts(self, done: int, total: int) -> None: ...

    def step(self, step: int, epoch: float, update: Update, learning_rate: float) -> None: ...

    def validation(self, step: int, metrics: Mapping[str, float], name: str, best: bool) -> None: ...

    def training_ends(self) -> None: ...
