"""Target texts as tokens, for tasks whose model writes a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["NO_TOKEN", "TargetTokens", "tokenize_targets"]

NO_TOKEN = -100
"""What fills short targets up: transformers' own number for places that no loss looks at."""
_ROWS_AT_ONCE = 1024


@dataclass(frozen=True, eq=False)
class TargetTokens:
    """What a model shall write for each sample, flat in memory.

    Attributes:
        ids: int32 (tokens,), all samples one after another, special tokens included.
        offsets: int64 (samples + 1,), sample i is `ids[offsets[i]:offsets[i + 1]]`.
        full_lengths: int64 (samples,), lengths before anything was cut.
    """

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    full_lengths: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each sample after cutting: int64 (samples,)."""
        return np.diff(self.offsets)

    @property
    def tokens_lost(self) -> int:
        """Tokens cut away over all samples."""
        return int((self.full_lengths - self.lengths).sum())

    def take(self, samples: Sequence[int] | NDArray[np.int64]) -> TargetTokens:
        """Some of the samples, in that order."""
        index = np.asarray(samples, dtype=np.int64)
        lengths = self.lengths[index]
        offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        return TargetTokens(self.ids[self._places(index, lengths)], offsets, self.full_lengths[index])

    def padded(self, samples: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
        """(samples, longest), short ones filled up with -100 on the right."""
        index = np.asarray(samples, dtype=np.int64)
        lengths = self.lengths[index]
        filled = np.arange(int(lengths.max(initial=0)))[None, :] < lengths[:, None]
        ids = np.full(filled.shape, NO_TOKEN, dtype=np.int64)
        ids[filled] = self.ids[self._places(index, lengths)]
        return ids

    def _places(self, index: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
        """Positions in `ids` of the tokens of these samples, one after another."""
        shift = np.repeat(self.offsets[index] - (np.cumsum(lengths) - lengths), lengths)
        places: NDArray[np.int64] = np.arange(int(lengths.sum()), dtype=np.int64) + shift
        return places


def tokenize_targets(texts: Sequence[str], tokenizer: Any, max_length: int) -> TargetTokens:
    """Encode texts as the tokenizer encodes what is to be written: in the target's language, with its special tokens.

    Each is first measured whole, and only those beyond `max_length` are cut and encoded again; their special tokens
    stay.
    """
    ids: list[NDArray[np.int32]] = []
    full: list[int] = []
    for start in range(0, len(texts), _ROWS_AT_ONCE):
        some = list(texts[start : start + _ROWS_AT_ONCE])
        rows = _run(tokenizer, some, None)
        full.extend(map(len, rows))
        over = [index for index, row in enumerate(rows) if len(row) > max_length]
        if over:
            for index, cut in zip(over, _run(tokenizer, [some[index] for index in over], max_length), strict=True):
                rows[index] = cut
        ids.extend(np.asarray(row, dtype=np.int32) for row in rows)
    return TargetTokens(
        ids=np.concatenate(ids) if ids else np.zeros(0, dtype=np.int32),
        offsets=np.concatenate(([0], np.cumsum([len(row) for row in ids], dtype=np.int64))).astype(np.int64),
        full_lengths=np.asarray(full, dtype=np.int64),
    )


def _run(tokenizer: Any, texts: list[str], max_length: int | None) -> list[list[int]]:
    rows: list[list[int]] = tokenizer(
        text_target=texts,
        truncation=max_length is not None,
        max_length=max_length,
        return_attention_mask=False,
        return_token_type_ids=False,
        verbose=False,
    )["input_ids"]
    return rows
