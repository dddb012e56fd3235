"""The source as its own translation."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from tunewright.evaluation.baselines.copy_source import CopySource
from tunewright.evaluation.subject import Split
from tunewright.inputs.text import TextInput
from tunewright.inputs.text_pair import TextPairInput


def split_of(**columns):
    return Split("test", SimpleNamespace(columns=columns), None, None)


def test_the_source_is_given_back() -> None:
    """Danger: a baseline that is measured on the text with a task's prefix, and looks worse than it is."""
    subject = SimpleNamespace(inputs=TextInput(text="t"))
    attempt = CopySource().answer(subject, split_of(t=["a b", "c"]))
    assert attempt.answers.texts == ["a b", "c"] and len(attempt.answers[np.array([1])]) == 1
    paired = SimpleNamespace(inputs=TextPairInput(text="t", pair="p"))
    assert CopySource().answer(paired, split_of(t=["a"], p=["b"])).answers.texts == ["a\nb"]
