"""The sentence of the context that shares most with the question."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import ClassVar, Literal

import numpy as np

from tunewright.evaluation.baselines.attempt import Attempt
from tunewright.evaluation.baselines.baseline import Baseline
from tunewright.evaluation.subject import Split, Subject
from tunewright.metrics.answers import normal_words
from tunewright.tasks.answer_rows import FoundAnswers

__all__ = ["BestSentence", "sentences"]

_END = re.compile(r"(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f])|\n+")


class BestSentence(Baseline):
    """The whole sentence that shares most words with the question, rare words counting more.

    Words are weighed by the logarithm of how few of the context's sentences hold them, as the sliding window of
    Richardson et al. (2013) does, of which this is the simplest form. It always answers, and says more than is asked.
    """

    title: ClassVar[str] = "the sentence that shares most with the question"

    kind: Literal["sentence"] = "sentence"
    """Which baseline this is."""

    def answer(self, subject: Subject, measured: Split) -> Attempt:
        """Nothing is learned. For the task `answer` alone."""
        texts = subject.inputs.texts(measured.table.columns)
        spans = np.array([_best(pair[0], pair[1]) for pair in texts], dtype=np.int64)
        return Attempt(FoundAnswers(spans.reshape(-1, 2), np.ones(len(measured))))


def sentences(text: str) -> list[tuple[int, int]]:
    """First character and the one behind the last of each sentence: up to a full stop, or a line's end."""
    cuts = [0, *(place for mark in _END.finditer(text) for place in mark.span()), len(text)]
    pairs = [(cuts[at], cuts[at + 1]) for at in range(0, len(cuts), 2)]
    return [(start, end) for start, end in pairs if text[start:end].strip()]


def _best(question: str, context: str) -> tuple[int, int]:
    places = sentences(context)
    if not places:
        return -1, -1
    words = [set(normal_words(context[start:end])) for start, end in places]
    held = Counter(word for own in words for word in own)
    asked = set(normal_words(question))
    worth = [sum(math.log(1.0 + len(places) / held[word]) for word in sorted(own & asked)) for own in words]
    return places[int(np.argmax(worth))]
