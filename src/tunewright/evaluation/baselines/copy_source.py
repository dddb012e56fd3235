"""The source itself: what a model that changes nothing would be worth."""

from __future__ import annotations

from typing import ClassVar, Literal

from tunewright.evaluation.baselines.attempt import Attempt
from tunewright.evaluation.baselines.baseline import Baseline
from tunewright.evaluation.subject import Split, Subject
from tunewright.tasks.text_rows import TextRows

__all__ = ["CopySource", "sources"]


def sources(subject: Subject, split: Split) -> list[str]:
    """What is read of each row, without a task's prefix; a pair joined by a line break."""
    texts = subject.inputs.texts(split.table.columns)
    return [text if isinstance(text, str) else "\n".join(text) for text in texts]


class CopySource(Baseline):
    """The source text as it is: names, numbers and shared words are right without any translation."""

    title: ClassVar[str] = "copying the source"

    kind: Literal["copy"] = "copy"
    """Which baseline this is."""

    def answer(self, subject: Subject, measured: Split) -> Attempt:
        return Attempt(TextRows(sources(subject, measured)))
