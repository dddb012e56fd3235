"""How much of a reference summary a summary holds: ROUGE-1, ROUGE-2 and ROUGE-L (Lin 2004), for any script.

Words are runs of letters and digits in lower case; of scripts that are written without spaces (Chinese, Japanese,
Thai) each character counts as one, where the usual package counts none and says 0. Nothing is stemmed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from tunewright.metrics.info import MetricInfo
from tunewright.metrics.weighting import checked, in_blocks, weighted_mean

__all__ = ["NAMES", "each_row", "values", "words"]

NAMES: dict[str, MetricInfo] = {
    "rougeL": MetricInfo(
        True, "share", "ROUGE-L: F1 of the longest sequence of words that both texts hold in this order."
    ),
    "rouge1": MetricInfo(True, "share", "ROUGE-1: F1 of single words."),
    "rouge2": MetricInfo(True, "share", "ROUGE-2: F1 of pairs of neighbouring words."),
}

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
)
_WORD = re.compile(f"[{_UNSPACED}]|(?:(?![{_UNSPACED}])[^\\W_])+")


def words(text: str) -> list[str]:
    """What is counted of a text."""
    return _WORD.findall(text.casefold())


def each_row(answers: Sequence[str], references: Sequence[str]) -> np.ndarray:
    """(rows, 3): ROUGE-L, ROUGE-1 and ROUGE-2 of every row; 0 where one of the texts has no words."""
    found = np.zeros((len(answers), 3))
    for row, (answer, reference) in enumerate(zip(answers, references, strict=True)):
        ours, true = words(answer), words(reference)
        found[row] = (
            _f1(_common_sequence(ours, true), len(ours), len(true)),
            _f1(_common(ours, true), len(ours), len(true)),
            _f1(_common(list(pairwise(ours)), list(pairwise(true))), len(ours) - 1, len(true) - 1),
        )
    return found


def values(each: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """All metrics of `NAMES` under each re-weighting: means over rows.

    Args:
        each: (n, 3) of `each_row`.
        weights: (r, n), 0 or more.

    Returns:
        (r,) for each name.
    """

    def measure(block: np.ndarray) -> dict[str, np.ndarray]:
        return {name: weighted_mean(each[:, column], block) for column, name in enumerate(NAMES)}

    return in_blocks(checked(weights, len(each)), measure)


def _f1(common: int, ours: int, true: int) -> float:
    return 2 * common / (ours + true) if common else 0.0


def _common(ours: Sequence[object], true: Sequence[object]) -> int:
    return sum((Counter(ours) & Counter(true)).values())


def _common_sequence(ours: Sequence[str], true: Sequence[str]) -> int:
    """Length of the longest common subsequence: a bit for each word of one text, a few operations for each of the other
    (Hyyrö 2004)."""
    places: dict[str, int] = {}
    for place, word in enumerate(ours):
        places[word] = places.get(word, 0) | 1 << place
    every = (1 << len(ours)) - 1
    row = every
    for word in true:
        matches = row & places.get(word, 0)
        row = (row + matches | row - matches) & every
    return len(ours) - row.bit_count()
