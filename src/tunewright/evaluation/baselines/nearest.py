"""The target of the most similar training row: what a translation memory is worth."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from tunewright.evaluation.baselines.attempt import MOST_TRAINING_ROWS, Attempt
from tunewright.evaluation.baselines.baseline import Baseline
from tunewright.evaluation.baselines.copy_source import sources
from tunewright.evaluation.baselines.scikit import scikit_learn
from tunewright.evaluation.subject import Split, Subject

__all__ = ["Nearest"]

_AT_ONCE = 512


class Nearest(Baseline):
    """The target of the training row whose source has the largest cosine, over TF-IDF of runs of 1 to 4 characters."""

    title: ClassVar[str] = "the target of the most similar training row"

    kind: Literal["nearest"] = "nearest"
    """Which baseline this is."""

    def answer(self, subject: Subject, measured: Split) -> Attempt:
        train, notes = subject.train, []
        if len(train) > MOST_TRAINING_ROWS:
            order = np.random.default_rng(subject.seed).permutation(len(train))
            train = train.take(order[:MOST_TRAINING_ROWS])
            notes.append(
                f"looked up in {MOST_TRAINING_ROWS:,} of the {len(subject.train):,} training rows, a seeded draw"
            )
        counter = scikit_learn("feature_extraction.text").TfidfVectorizer(
            analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True, dtype=np.float32
        )
        try:
            known = counter.fit_transform(sources(subject, train))
        except ValueError:  # scikit-learn: empty vocabulary
            return Attempt(None, ("left out: the texts hold nothing that could be counted",))
        asked = counter.transform(sources(subject, measured))
        best: list[int] = []
        for start in range(0, asked.shape[0], _AT_ONCE):
            cosines = (asked[start : start + _AT_ONCE] @ known.T).toarray()
            best.extend(cosines.argmax(axis=1).tolist())
        return Attempt(train.truth[np.array(best, dtype=np.int64)], tuple(notes))
