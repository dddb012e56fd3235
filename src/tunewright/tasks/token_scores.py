"""What a language model found of rows of tokens: sums of each row, from which every figure follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunewright.inputs import Encoded
from tunewright.tasks.space import Space

__all__ = ["BEHIND", "COUNTED", "LOSS", "TOKENS", "TokenScores", "score_rows"]

TOKENS = Space("tokens", ("behind", "counted", "loss"))
"""The space of language models. Of each token it is told whether figures count it, how unlikely it was
(-log probability), and how far behind the likeliest token."""
BEHIND, COUNTED, LOSS = range(3)


@dataclass(frozen=True, eq=False)
class TokenScores:
    """Sums over the counted tokens of each row, float64 (rows,): -log probability, right ones, all."""

    loss: NDArray[np.float64]
    right: NDArray[np.float64]
    tokens: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, rows: Any) -> TokenScores:
        return TokenScores(self.loss[rows], self.right[rows], self.tokens[rows])

    @property
    def perplexity(self) -> NDArray[np.float64]:
        """Of each row; 1 where no token counts."""
        return np.exp(np.minimum(self.loss / np.maximum(self.tokens, 1), 700.0))


def score_rows(outputs: NDArray[Any], encoded: Encoded) -> TokenScores:
    """Sum the outputs of tokens, (tokens, 3) as `TOKENS` names them, over the rows."""
    rows = np.repeat(encoded.rows, encoded.lengths)
    count = len(encoded.full_lengths)
    counted = outputs[:, COUNTED] > 0
    told = outputs[counted].astype(np.float64)
    place = rows[counted]
    return TokenScores(
        loss=np.bincount(place, told[:, LOSS], count).astype(np.float64),
        right=np.bincount(place, (told[:, BEHIND] <= 0).astype(np.float64), count).astype(np.float64),
        tokens=np.bincount(place, minlength=count).astype(np.float64),
    )
