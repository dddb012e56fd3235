"""The probe of sample answers."""

from __future__ import annotations

from tunewright.evaluation.generate import Generate


def test_a_task_that_writes_nothing_says_so(subject) -> None:
    """Danger: a classifier is asked to write, and the run ends in a traceback after hours of training."""
    found = Generate().measure(subject)
    assert not found.samples and "classify writes no answers" in found.notes[0]
