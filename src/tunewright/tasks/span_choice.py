"""Between places in a context and what a model says of its tokens: targets of `answer`, and its choice among spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from tunewright.data.answers import Gold
from tunewright.inputs.context_tokens import NOWHERE
from tunewright.inputs.words import Spans

__all__ = ["Choice", "choose", "cover", "marks"]


def cover(words: Spans, start: int, end: int) -> tuple[int, int] | None:
    """The first and the last token that a stretch of characters touches; None where it touches none.

    Args:
        words: characters of each token, in order; two may stand for parts of the same character.
    """
    filled = words[:, 0] < words[:, 1]  # a token of white space alone holds nothing of an answer
    touched = np.flatnonzero(filled & (words[:, 0] < end) & (words[:, 1] > start))
    return (int(touched[0]), int(touched[-1])) if len(touched) else None


def marks(words: Spans, first: NDArray[np.int32], right: Sequence[Gold]) -> NDArray[np.int64]:
    """The targets of one sample: (tokens, 2), 1 where a right answer starts (and ends), 0 where it might, -1 elsewhere.

    A sample that holds no part of a right answer has its mark where "no answer here" is said. One that holds a part of
    one and no whole one has no mark: it is nothing to learn from.

    Args:
        words: the context's tokens of the row.
        first: which of them each token of the sample is.
        right: the row's answers.
    """
    found = np.where(first == -1, -1, 0)[:, None].repeat(2, axis=1).astype(np.int64)
    inside = np.flatnonzero(first >= 0)
    held = first[inside]  # rising
    partly = whole = False
    for start, text in right:
        own = cover(words, start, start + len(text))
        if own is None:
            continue
        low, high = np.searchsorted(held, own[0]), np.searchsorted(held, own[1], side="right")
        if low < high and held[low] == own[0] and held[high - 1] == own[1]:
            found[inside[low], 0] = found[inside[high - 1], 1] = 1
            whole = True
        partly = partly or bool(low < high)
    if not whole and not partly:
        found[first == NOWHERE] = 1
    return found


@dataclass(frozen=True)
class Choice:
    """What one sample says.

    Attributes:
        span: first and last token of the context, of the likeliest answer; None where there is none.
        score: its log-probability, start and end together.
        nothing: log-probability that there is no answer here.
    """

    span: tuple[int, int] | None
    score: float
    nothing: float


def choose(logits: NDArray[np.float32], first: NDArray[np.int32], longest: int) -> Choice:
    """The likeliest answer in one sample, of `longest` tokens at most.

    Probabilities are those of the loss: over the context's tokens and the one that stands for no answer.

    Args:
        logits: (tokens, 2) of starts and ends.
        first: which token of the context each is.
    """
    possible = first != -1
    if not possible.any():
        return Choice(None, -np.inf, 0.0)
    log_p = np.full(logits.shape, -np.inf)
    log_p[possible] = log_softmax(logits[possible].astype(np.float64), axis=0)
    null = np.flatnonzero(first == NOWHERE)
    nothing = float(log_p[null[0]].sum()) if len(null) else -np.inf
    inside = np.flatnonzero(first >= 0)
    if not len(inside):
        return Choice(None, -np.inf, nothing)
    starts, ends = log_p[inside, 0], log_p[inside, 1]
    best, span = -np.inf, (0, 0)
    for length in range(min(longest, len(inside))):
        sums = starts[: len(inside) - length] + ends[length:]
        at = int(sums.argmax())
        if sums[at] > best:
            best, span = float(sums[at]), (at, at + length)
    return Choice((int(first[inside[span[0]]]), int(first[inside[span[1]]])), best, nothing)
