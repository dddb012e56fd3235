"""No answer, whatever is asked."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from tunewright.evaluation.baselines.attempt import Attempt
from tunewright.evaluation.baselines.baseline import Baseline
from tunewright.evaluation.subject import Split, Subject
from tunewright.tasks.answer_rows import FoundAnswers

__all__ = ["Silence"]


class Silence(Baseline):
    """No answer, whatever is asked: right as often as questions have none."""

    title: ClassVar[str] = "no answer to any question"

    kind: Literal["silence"] = "silence"
    """Which baseline this is."""

    def answer(self, subject: Subject, measured: Split) -> Attempt:
        if not subject.space.counts[1] and all(measured.truth.of(row) for row in range(len(measured))):
            return Attempt(None, ("left out: every question has an answer",))
        return Attempt(FoundAnswers(np.full((len(measured), 2), -1, dtype=np.int64), np.ones(len(measured))))
