"""Counted words and a linear model: what text classification was before transformers, and often enough still is."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from scipy import sparse

from tunewright.evaluation.baselines.attempt import Attempt, lesson, unteachable
from tunewright.evaluation.baselines.baseline import Baseline
from tunewright.evaluation.baselines.linear import Features, Grid, answered
from tunewright.evaluation.baselines.scikit import scikit_learn
from tunewright.evaluation.subject import Split, Subject

__all__ = ["WORD", "TfIdf", "is_unsegmented", "sides_of", "tfidf"]

GRID = Grid(inverse=(0.1, 1.0, 10.0, 100.0, 1000.0), penalty=(100.0, 30.0, 10.0, 3.0, 1.0, 0.3, 0.1))
MOST_FEATURES = 100_000
FEWEST_FEATURES = 5_000
MOST_WEIGHTS = 4_000_000
"""Features times classes: the optimizer remembers some twenty vectors of that size."""
MANY_ROWS = 1_000
"""From here on an n-gram must stand in two rows: one alone teaches little and costs much."""
UNSEGMENTED_SHARE = 0.3
_SAMPLE = 2_000

WORD = r"[\w\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0dff]+"
"""Letters and digits with the signs that combine with them: \\w alone tears Hindi and pointed Arabic apart."""

_UNSEGMENTED = ((0x0E00, 0x0EFF), (0x0F00, 0x0FFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF),
                (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))  # fmt: skip
"""Thai, Lao, Tibetan, Burmese, Khmer, kana, Chinese: scripts that put no space between words."""


def tfidf(subject: Subject, measured: Split) -> Attempt:
    """TF-IDF of words and pairs of words, or of 1 to 3 characters where words are not parted; then a linear model.

    Logistic regression for classes and, one by one, for labels; ridge regression for numbers. For pairs of texts each
    side has its own features, beside the product of the two and their cosine; single words there, which tell better
    what two texts share (on STS-B a correlation of 0.69 against 0.63). Class imbalance is left as it is.
    """
    taught = lesson(subject)
    if reason := unteachable(subject, taught):
        return Attempt(None, (reason,))
    texts = [sides_of(subject, split) for split in (taught.rows, taught.choice, measured)]
    by_character = is_unsegmented([side for text in texts[0][:_SAMPLE] for side in text])
    pairs = len(texts[0][0]) > 1
    outputs = (len(subject.space.names) if subject.space.kind == "classes" else 1) * (3 if pairs else 1)
    most = min(MOST_FEATURES, max(FEWEST_FEATURES, MOST_WEIGHTS // outputs))
    try:
        features = _features(texts, by_character, most)
    except ValueError:  # scikit-learn: empty vocabulary
        return Attempt(None, ("left out: the texts hold no words that could be counted",))
    scores, strength = answered(subject, taught, GRID, features)
    kind = f"1 to {_longest(by_character, pairs)} characters" if by_character else "words"
    kind += "" if by_character or pairs else " and pairs of words"
    notes = (*taught.notes, f"{features[0].shape[1]:,} features of {kind}; {strength}")
    return Attempt(scores, notes)


def is_unsegmented(texts: Sequence[str]) -> bool:
    """Whether a good share of the letters (30%) is of scripts that put no space between words."""
    points = np.fromiter((ord(c) for text in texts for c in text[:1000] if c.isalpha()), dtype=np.int64)
    unsegmented = np.zeros(len(points), dtype=bool)
    for low, high in _UNSEGMENTED:
        unsegmented |= (points >= low) & (points <= high)
    return bool(len(points)) and float(unsegmented.mean()) >= UNSEGMENTED_SHARE


def sides_of(subject: Subject, split: Split) -> list[tuple[str, ...]]:
    """One or two texts a row, in composed form: Vietnamese typed on a Mac is decomposed, and matches nothing else."""
    texts = subject.inputs.texts(split.table.columns)
    sides = [(text,) if isinstance(text, str) else tuple(text) for text in texts]
    return [tuple(unicodedata.normalize("NFC", side) for side in text) for text in sides]


def _features(
    texts: Sequence[list[tuple[str, ...]]], by_character: bool, most: int
) -> tuple[Features, Features, Features]:
    """Features of each split, learned from the first alone.

    Raises:
        ValueError: the texts hold nothing to count.
    """
    first = texts[0]
    options: dict[str, Any] = {
        "analyzer": "char" if by_character else "word",
        "ngram_range": (1, _longest(by_character, len(first[0]) > 1)),
        "token_pattern": None if by_character else WORD,
        "min_df": 2 if len(first) >= MANY_ROWS else 1,
        "max_features": most,
        "sublinear_tf": True,
        "dtype": np.float32,
    }
    words = [side for text in first for side in text]
    counter = scikit_learn("feature_extraction.text").TfidfVectorizer(**options).fit(words)
    sides = range(len(first[0]))
    rows, choice, measured = (
        _joined([counter.transform([text[side] for text in split]) for side in sides]) for split in texts
    )
    return rows, choice, measured


def _longest(by_character: bool, pairs: bool) -> int:
    """Words or characters in the longest n-gram."""
    return 1 + by_character + (not pairs)


def _joined(sides: list[Features]) -> Features:
    if len(sides) == 1:
        return sides[0]
    shared = sides[0].multiply(sides[1]).tocsr()
    cosine = sparse.csr_array(shared.sum(axis=1).reshape(-1, 1))
    return sparse.hstack([*sides, shared, cosine], format="csr")


class TfIdf(Baseline):
    """Words and pairs of words, or characters, weighted by rarity, under a linear model."""

    title: ClassVar[str] = "TF-IDF with a linear model"
    reads: ClassVar[tuple[str, ...]] = ("text", "image+text")

    kind: Literal["tfidf"] = "tfidf"
    """Which baseline this is."""

    def answer(self, subject: Subject, measured: Split) -> Attempt:
        return tfidf(subject, measured)
