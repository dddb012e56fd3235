"""Vectors of the two texts of many rows, and where each row's own partner stands among those of all rows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tunewright.inputs import Encoded

__all__ = ["NO_TEXT", "Partners", "cosines", "text_numbers"]

NO_TEXT = -1
"""Number of a wrong partner that a row does not have."""

_BLOCK = 1 << 22
"""Scores held at a time."""


def text_numbers(encoded: Encoded) -> NDArray[np.int64]:
    """A number for each text of each row, equal for equal tokens: (rows, 2), or (rows, 1) where rows are single texts;
    behind them one for each of a row's wrong partners, `NO_TEXT` where it has fewer than others.

    61 bits of a hash of the tokens: in any file, and whatever rows stand beside it, a text has the same number.
    """
    middles = encoded.offsets[1:] if encoded.second is None else encoded.offsets[:-1] + encoded.second
    sides = [(encoded.offsets[:-1], middles)]
    if encoded.second is not None:
        sides.append((middles, encoded.offsets[1:]))
    found = np.array([_numbers(encoded, *side) for side in sides], dtype=np.int64).T.reshape(-1, len(sides))
    if encoded.negatives is None or encoded.picks is None:
        return found
    texts = encoded.negatives
    wrong = np.array([*_numbers(texts, texts.offsets[:-1], texts.offsets[1:]), NO_TEXT], dtype=np.int64)
    return np.concatenate([found, wrong[encoded.picks]], axis=1)


def _numbers(encoded: Encoded, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> list[int]:
    return [_number(encoded.ids[start:end]) for start, end in zip(starts, ends, strict=True)]


def _number(ids: NDArray[np.int32]) -> int:
    digest = hashlib.blake2b(np.ascontiguousarray(ids).tobytes(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 3


def cosines(first: Any, second: Any) -> NDArray[np.float64]:
    """(rows,) of vectors (rows, width) of length 1, both dense or both sparse."""
    product = first.multiply(second) if sparse.issparse(first) else first * second
    return np.asarray(product.sum(axis=1), dtype=np.float64).ravel()


@dataclass(frozen=True, eq=False)
class Partners:
    """What a model makes of rows: the vectors of their texts, of length 1.

    Attributes:
        numbers: int64 (rows, 2 or more) of `text_numbers`, of which those of wrong partners are not looked at.
        first: (rows, width) vectors of the first texts, dense or sparse.
        second: those of the second texts; None where rows are single texts.
    """

    numbers: NDArray[np.int64]
    first: Any
    second: Any = None

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, index: Any) -> Partners:
        """Some rows; their ranks stay those among all."""
        second = None if self.second is None else self.second[index]
        taken = Partners(self.numbers[index], self.first[index], second)
        if self.second is not None:
            taken.__dict__["ranks"] = self.ranks[index]
        return taken

    @cached_property
    def cosines(self) -> NDArray[np.float64]:
        """(rows,) of the two texts of each row."""
        return cosines(self.first, self.second)

    @cached_property
    def candidates(self) -> NDArray[np.int64]:
        """The first row of each distinct second text."""
        return np.unique(self.numbers[:, 1], return_index=True)[1]

    @cached_property
    def ranks(self) -> NDArray[np.float64]:
        """(rows,) from 1 on: the place of each row's own partner among all distinct second texts, by cosine.

        Partners of other rows with the same first text are right answers too, and stand in nobody's way. Of texts that
        are exactly as near, half stand before.
        """
        others = self.second[self.candidates].T
        _, own = np.unique(self.numbers[:, 1], return_inverse=True)
        _, group = np.unique(self.numbers[:, 0], return_inverse=True)
        rows = len(self)
        right = sparse.csr_array((np.ones(rows, dtype=np.int32), (group, own)), shape=(group.max() + 1, own.max() + 1))
        found = np.ones(rows, dtype=np.float64)
        size = max(1, _BLOCK // others.shape[1])
        for start in range(0, rows, size):
            part = slice(start, start + size)
            scores = self.first[part] @ others
            scores = scores.toarray() if sparse.issparse(scores) else scores
            mine = scores[np.arange(len(scores)), own[part]][:, None]
            wrong = right[group[part]].toarray() == 0
            found[part] += ((scores > mine) & wrong).sum(axis=1) + 0.5 * ((scores == mine) & wrong).sum(axis=1)
        return found
