"""Tokens by how often they occur: a language model that reads nothing."""

from __future__ import annotations

from typing import ClassVar, Literal, cast

import numpy as np

from tunewright.evaluation.baselines.attempt import Attempt
from tunewright.evaluation.baselines.baseline import Baseline
from tunewright.evaluation.subject import Split, Subject
from tunewright.tasks.text_task import TextTask
from tunewright.tasks.token_scores import BEHIND, COUNTED, LOSS, score_rows

__all__ = ["Unigram"]


class Unigram(Baseline):
    """Each token with the probability that it has among the training tokens, whatever stands around it.

    One is added to the count of every token of the vocabulary (Laplace), so that an unseen one is not impossible.
    """

    title: ClassVar[str] = "the unigram model"

    kind: Literal["unigram"] = "unigram"
    """Which baseline this is."""

    def answer(self, subject: Subject, measured: Split) -> Attempt:
        """For tasks that foresee tokens."""
        task, train, encoded = cast(TextTask, subject.task), subject.train.encoded, measured.encoded
        largest = int(max(train.ids.max(initial=0), encoded.ids.max(initial=0))) + 1
        counts = np.bincount(train.ids[task.learnable(train)], minlength=max(len(subject.tokenizer), largest)) + 1.0
        known = np.log(counts / counts.sum())
        told = known[encoded.ids]
        outputs = np.zeros((len(encoded.ids), 3))
        outputs[:, BEHIND], outputs[:, COUNTED], outputs[:, LOSS] = known.max() - told, task.counted(encoded), -told
        return Attempt(score_rows(outputs, encoded))
