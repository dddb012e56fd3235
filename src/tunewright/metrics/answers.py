"""Answers to questions: exact match and F1 of their words, as SQuAD defines them, in any language.

Texts are compared as SQuAD's own script does (Rajpurkar et al. 2016): lower case, without punctuation and English
articles, white space as one space. As in MLQA's script (Lewis et al. 2020), punctuation is that of all scripts, and a
character of a script that puts no space between words (Chinese, Japanese, Thai) is a word of its own. MLQA's lists of
articles of other languages are left out: which language a text is in is not known here.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tunewright.metrics.info import MetricInfo
from tunewright.metrics.weighting import checked, in_blocks, weighted_mean

__all__ = ["NAMES", "AnswerScores", "normal_words", "scored", "values"]

NAMES: dict[str, MetricInfo] = {
    "f1": MetricInfo(True, "share", "Mean F1 of the words of an answer against the nearest right one (SQuAD's F1)."),
    "em": MetricInfo(True, "share", "Share of answers that are a right one up to case, articles and signs."),
    "answered": MetricInfo(True, "share", "Share of questions that are rightly answered at all, or rightly not."),
}

_ARTICLES = re.compile(r"\b(a|an|the)\b", re.UNICODE)
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U000323af"
)
_WORD = re.compile(f"[{_UNSPACED}]|[^{_UNSPACED}\\s]+")


@dataclass(frozen=True, eq=False)
class AnswerScores:
    """How right each row is: float64 (rows,), 0 to 1."""

    f1: np.ndarray
    exact: np.ndarray
    answered: np.ndarray


def normal_words(text: str) -> list[str]:
    """The words of an answer that count."""
    plain = "".join(mark for mark in text.lower() if not _is_sign(mark))
    return _WORD.findall(_ARTICLES.sub(" ", plain))


def scored(found: Sequence[str], right: Sequence[Sequence[str]]) -> AnswerScores:
    """Each answer against the right one that it is nearest to; an empty text stands for no answer.

    Args:
        found: one a row.
        right: all right answers of each row; none where the right thing to say is nothing.
    """
    f1, exact, answered = (np.zeros(len(found)) for _ in range(3))
    for row, (own, others) in enumerate(zip(found, right, strict=True)):
        words = normal_words(own)
        # SQuAD 2.0: right answers of which nothing is left are none
        wanted = [normal for other in others if (normal := normal_words(other))] or [[]]
        f1[row] = max(_overlap(words, each) for each in wanted)
        exact[row] = float(any(words == each for each in wanted))
        answered[row] = float(bool(own) == bool(others))
    return AnswerScores(f1, exact, answered)


def values(scores: AnswerScores, weights: np.ndarray) -> dict[str, np.ndarray]:
    """All metrics of `NAMES` under each re-weighting (r, n), 0 or more: (r,) for each name."""

    def measure(block: np.ndarray) -> dict[str, np.ndarray]:
        return {
            "f1": weighted_mean(scores.f1, block),
            "em": weighted_mean(scores.exact, block),
            "answered": weighted_mean(scores.answered, block),
        }

    return in_blocks(checked(weights, len(scores.f1)), measure)


def _overlap(own: Sequence[str], other: Sequence[str]) -> float:
    """F1 of two bags of words; of nothing and nothing it is 1."""
    if not own or not other:
        return float(own == other)
    shared = sum((Counter(own) & Counter(other)).values())
    return 2.0 * shared / (len(own) + len(other))


def _is_sign(mark: str) -> bool:
    return mark in string.punctuation or unicodedata.category(mark).startswith("P")
