"""The pretrained model as it was: the cosine of its own vectors."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from tunewright.evaluation.baselines.attempt import Attempt, lesson
from tunewright.evaluation.baselines.baseline import Baseline
from tunewright.evaluation.baselines.probe import MeanPooled
from tunewright.evaluation.baselines.tfidf import sides_of
from tunewright.evaluation.inference import infer
from tunewright.evaluation.subject import Split, Subject
from tunewright.inputs.tokens import tokenize

__all__ = ["Pretrained"]

_LEARNED = 1_000


class Pretrained(Baseline):
    """The pretrained model before training: the mean over each text's tokens, compared by cosine."""

    title: ClassVar[str] = "the pretrained model as it was"

    kind: Literal["pretrained"] = "pretrained"
    """Which baseline this is."""

    def answer(self, subject: Subject, measured: Split) -> Attempt:
        """Compare the vectors of each row's texts, each read by itself. For tasks about two texts."""
        model = MeanPooled(subject.pretrained()).to(subject.device).eval()

        def vectors(split: Split) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
            texts = sides_of(subject, split)
            first, second = (_side(model, subject, [text[place] for text in texts]) for place in (0, 1))
            return first, second

        taught = lesson(subject).rows
        taught = taught.take(np.arange(min(_LEARNED, len(taught))))
        asked = vectors(measured)
        if not all(np.isfinite(part).all() for part in asked):
            return Attempt(None, (f"left out: the pretrained model's outputs are not finite in {subject.precision}",))
        return Attempt(subject.task.of_vectors(measured.truth, asked, (taught.truth, vectors(taught))))


def _side(model: MeanPooled, subject: Subject, texts: list[str]) -> NDArray[np.float32]:
    """(rows, width) vectors of length 1."""
    found = infer(
        model,
        tokenize(texts, None, subject.tokenizer, subject.max_length),
        subject.inputs,
        device=subject.device,
        precision=subject.precision,
        token_budget=subject.token_budget,
    )
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12), dtype=np.float32)
