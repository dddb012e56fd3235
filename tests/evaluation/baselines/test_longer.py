"""The longer answer as a baseline."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from trial import trial

from tunewright.evaluation.baselines.longer import Longer


def test_the_longer_answer_is_preferred():
    """Danger: the question's tokens, which are the same on both sides, decide, or the sides are exchanged."""
    bench = trial("llama", "full", "prefer")
    encoded = bench.encoded

    class Measured(SimpleNamespace):
        def __len__(self) -> int:
            return len(self.truth)

    answers = Longer().answer(SimpleNamespace(), Measured(encoded=encoded, truth=bench.truth)).answers
    margins = bench.task.margins(bench.truth, answers)
    for row in range(len(bench.texts)):
        marks = encoded.marks[encoded.offsets[row] : encoded.offsets[row + 1]]
        assert np.sign(margins[row]) == np.sign(int((marks == 1).sum()) - int((marks == 3).sum()))
