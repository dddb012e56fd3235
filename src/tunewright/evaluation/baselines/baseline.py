"""The contract of a baseline."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from tunewright.evaluation.baselines.attempt import Attempt
from tunewright.evaluation.subject import Split, Subject
from tunewright.recipe import Part

__all__ = ["Baseline"]


class Baseline(Part):
    """Answers that cost next to nothing, for the tuned model to beat.

    Looked up in the catalogue when it is measured, not when the recipe is read: what a baseline is made of takes a
    second to import, and training should not wait for it.
    """

    title: ClassVar[str]
    """What it is, for people: `TF-IDF with a linear model`."""
    reads: ClassVar[tuple[str, ...]] = ()
    """The inputs that it can read, by what they read; empty for every input."""

    def suits(self, subject: Subject) -> bool:
        """Whether it can read what the subject's rows hold."""
        return not self.reads or subject.inputs.reads in self.reads

    @abstractmethod
    def answer(self, subject: Subject, measured: Split) -> Attempt:
        """Learn from the subject's training rows and answer the measured rows, or say why not."""
