"""The longer answer: what a preference is worth that only counts words."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from tunewright.evaluation.baselines.attempt import Attempt
from tunewright.evaluation.baselines.baseline import Baseline
from tunewright.evaluation.subject import Split, Subject
from tunewright.inputs.preference import REJECTED

__all__ = ["Longer"]


class Longer(Baseline):
    """Prefers the longer of two answers, by a ten-thousandth of a nat a token.

    People who compare answers like long ones (Singhal et al. 2023), and so a model can look as if it had learned more.
    """

    title: ClassVar[str] = "the longer answer"

    kind: Literal["longer"] = "longer"
    """Which baseline this is."""

    def answer(self, subject: Subject, measured: Split) -> Attempt:
        """For pairs of answers."""
        encoded = measured.encoded
        assert encoded.marks is not None
        rows = np.repeat(encoded.rows, encoded.lengths)
        tokens = [np.bincount(rows[encoded.marks == mark], minlength=len(measured)) for mark in (1, REJECTED + 1)]
        return Attempt(measured.truth + 1e-4 * np.stack(tokens, axis=1))
