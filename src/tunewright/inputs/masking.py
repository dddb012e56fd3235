"""Which tokens of a text are hidden from a model, and what it is shown in their place."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

__all__ = ["BEGINS", "CONTINUES", "disturbed", "fixed_choice", "hidden_tokens"]

BEGINS, CONTINUES = 1, 2
"""Marks of tokens that begin a word, and of those that go on with it; 0 marks what is never hidden."""
_SHOWN_MASK, _SHOWN_ANOTHER = 0.8, 0.1

Ids = NDArray[np.int64]
Chosen = NDArray[np.bool_]


def hidden_tokens(
    marks: NDArray[np.integer], share: float, generator: np.random.Generator, whole_words: bool
) -> Chosen:
    """A draw of tokens to hide, `share` of all that may be, at least one where there is any.

    Args:
        marks: (tokens,) 0, `BEGINS` or `CONTINUES`.
        share: of the tokens.
        generator: what is drawn from.
        whole_words: hide all tokens of a word or none.
    """
    may = marks > 0
    count = int(may.sum())
    if count == 0:
        return np.zeros(len(marks), dtype=np.bool_)
    wanted = max(1, round(share * count))
    # a row that was cut may begin inside a word
    unit = np.cumsum(marks == BEGINS) if whole_words else np.cumsum(may)
    units = np.unique(unit[may])
    sizes = np.bincount(unit[may], minlength=int(units[-1]) + 1)
    drawn = generator.permutation(units)
    enough = int(np.searchsorted(np.cumsum(sizes[drawn]), wanted)) + 1
    return may & np.isin(unit, drawn[:enough])


def fixed_choice(ids: NDArray[np.integer], marks: NDArray[np.integer], share: float) -> Chosen:
    """The tokens that are hidden when a model is measured: the same for a text in every run, drawn from its tokens."""
    seed = zlib.crc32(np.ascontiguousarray(ids, dtype=np.int32).tobytes())
    return hidden_tokens(marks, share, np.random.Generator(np.random.Philox(key=[seed, 0])), whole_words=False)


def disturbed(ids: Ids, hidden: Chosen, mask_id: int, vocabulary: int, generator: np.random.Generator) -> Ids:
    """The tokens as the model is shown them: of the hidden ones 80% are the mask, 10% any token, 10% what they are.

    So that a model that never meets the mask later learns about all tokens (Devlin et al. 2019, section 3.1).
    """
    lot = generator.random(len(ids))
    another = generator.integers(vocabulary, size=len(ids))
    shown = np.where(lot < _SHOWN_MASK, mask_id, np.where(lot < _SHOWN_MASK + _SHOWN_ANOTHER, another, ids))
    changed: Ids = np.where(hidden, shown, ids)
    return changed
