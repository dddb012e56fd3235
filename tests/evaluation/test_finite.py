"""Outputs that are no numbers."""

from __future__ import annotations

import numpy as np
import pytest

from tunewright.errors import NonFiniteError
from tunewright.evaluation import refuse_non_finite


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_any_row_that_is_not_finite_is_named_by_its_place(subject, bad) -> None:
    """The highest of NaNs is the first class: a figure would come out, and it would mean nothing."""
    logits = np.zeros((len(subject.test), 2), dtype=np.float32)
    refuse_non_finite(logits, subject.test, subject.task, "so", "Do.")
    logits[3, 1] = logits[5, 0] = bad
    with pytest.raises(NonFiniteError, match=r"for 2 of 80 rows \(test.csv:5 is the first\), so it ends.\n  Do this."):
        refuse_non_finite(logits, subject.test, subject.task, "it ends", "Do this.")


def test_numbers_without_classes(subject) -> None:
    """A regression has one output a row."""
    refuse_non_finite(np.zeros(len(subject.test), dtype=np.float32), subject.test, subject.task, "", "")
