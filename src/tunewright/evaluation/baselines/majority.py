"""The answer that never looks at the input."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from tunewright.evaluation.baselines.attempt import Attempt
from tunewright.evaluation.baselines.baseline import Baseline
from tunewright.evaluation.subject import Split, Subject

__all__ = ["Majority", "majority"]


def majority(subject: Subject, measured: Split) -> Attempt:
    """Shares of the classes or labels among all training rows, the same for every row; for numbers their mean.

    Shares, not 0 and 1: the decision is the commonest class just the same, and probabilities get what they deserve.
    """
    truth, rows = subject.train.truth, len(measured)
    if subject.space.kind == "number":
        return Attempt(np.full(rows, truth.mean(), dtype=np.float64))
    if subject.space.kind == "classes":
        shares = np.bincount(truth, minlength=len(subject.space.names)) / len(truth)
    else:
        shares = truth.mean(axis=0, dtype=np.float64)
    return Attempt(np.tile(shares, (rows, 1)))


class Majority(Baseline):
    """The answer that never looks at the input: the commonest class, or the mean."""

    title: ClassVar[str] = "the constant answer"

    kind: Literal["majority"] = "majority"
    """Which baseline this is."""

    def answer(self, subject: Subject, measured: Split) -> Attempt:
        return majority(subject, measured)
