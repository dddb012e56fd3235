"""The cosine of counted words: what two texts have in common word for word."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from tunewright.evaluation.baselines.attempt import Attempt, lesson
from tunewright.evaluation.baselines.baseline import Baseline
from tunewright.evaluation.baselines.scikit import scikit_learn
from tunewright.evaluation.baselines.tfidf import WORD, is_unsegmented, sides_of
from tunewright.evaluation.subject import Split, Subject

__all__ = ["Overlap"]

_SAMPLE = 2_000


class Overlap(Baseline):
    """TF-IDF of the words of each text, or of 1 to 2 characters where words are not parted; two texts are as alike as
    the cosine of theirs (Salton & Buckley 1988)."""

    title: ClassVar[str] = "the cosine of counted words"

    kind: Literal["overlap"] = "overlap"
    """Which baseline this is."""

    def answer(self, subject: Subject, measured: Split) -> Attempt:
        """Learn how rare words are from the training rows, and compare. For tasks about two texts."""
        taught = lesson(subject).rows
        texts = sides_of(subject, taught)
        by_character = is_unsegmented([side for text in texts[:_SAMPLE] for side in text])
        counter = scikit_learn("feature_extraction.text").TfidfVectorizer(
            analyzer="char" if by_character else "word",
            ngram_range=(1, 2) if by_character else (1, 1),
            token_pattern=None if by_character else WORD,
            sublinear_tf=True,
            dtype=np.float32,
        )
        try:
            counter.fit([side for text in texts for side in text])
        except ValueError:  # scikit-learn: empty vocabulary
            return Attempt(None, ("left out: the texts hold no words that could be counted",))
        learned, asked = (
            tuple(counter.transform([text[side] for text in rows]) for side in (0, 1))
            for rows in (texts, sides_of(subject, measured))
        )
        answers = subject.task.of_vectors(measured.truth, asked, (taught.truth, learned))
        unit = "1 to 2 characters" if by_character else "words"
        return Attempt(answers, (f"{len(counter.vocabulary_):,} features of {unit}",))
