"""Token ids of many rows, flat in memory, and the batches cut from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tunewright.inputs.media import Media
from tunewright.inputs.target_tokens import TargetTokens
from tunewright.inputs.words import Words

__all__ = ["Encoded"]


@dataclass(frozen=True, eq=False)
class Encoded:
    """Rows of tokens as one flat array: 4 bytes a token, no Python object a row; or of pictures or sounds; or of both.

    A sample is what the model reads at a time. A row is one sample, or several where it is read through windows.

    Attributes:
        ids: int32 (tokens,), all samples one after another.
        offsets: int64 (samples + 1,), sample i is `ids[offsets[i]:offsets[i + 1]]`.
        types: int8 (tokens,) segment of each token, or None for models that have no segments.
        full_lengths: int64 (rows,), lengths before anything was cut.
        unknown: tokens that are the tokenizer's unknown token.
        pad_id: id that fills short rows up.
        pad_left: whether the filling stands before the row.
        row_of: int64 (samples,) rising, the row that each sample is a window of; None where every row is one sample.
        words: which tokens begin which words, for tasks that label words.
        second: int64 (samples,) tokens of each sample's first text, where the two texts of a pair are read apart and
            lie one behind the other; None where a sample is read as one.
        targets: what shall be written for each sample, for tasks that learn to write.
        marks: int8 (tokens,), what a task needs to know of each token (which are learned, which begin a word); they go
            with the batch as `marks`, 0 for padding, and the task takes them out again.
        media: the picture or sound of each row; None where rows are text alone.
        negatives: texts that are wrong beside samples' own, each a sample of its own; read in training alone
            (`inputs/wrong_partners.py`), so no length here but `costs` counts them.
        picks: int64 (samples, most), which of `negatives` are a sample's; -1 where it has fewer.
    """

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    types: NDArray[np.int8] | None
    full_lengths: NDArray[np.int64]
    unknown: int
    pad_id: int
    pad_left: bool = False
    row_of: NDArray[np.int64] | None = None
    words: Words | None = None
    second: NDArray[np.int64] | None = None
    targets: TargetTokens | None = None
    marks: NDArray[np.int8] | None = None
    media: Media | None = None
    negatives: Encoded | None = None
    picks: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each sample, special ones included, after cutting, and its patches or frames: int64 (samples,)."""
        tokens = np.diff(self.offsets)
        return tokens if self.media is None else tokens + self.media.lengths

    @property
    def computed(self) -> NDArray[np.int64]:
        """Tokens that a forward computes of each sample: int64 (samples,). Of pairs that are read apart both texts
        lie in one batch, filled up to the longer one."""
        lengths = self.lengths
        return lengths if self.second is None else 2 * np.maximum(self.second, lengths - self.second)

    @property
    def costs(self) -> NDArray[np.int64]:
        """The same in training, where tokens that are to be written, and texts that are wrong, are computed, too: int64
        (samples,)."""
        found = self.computed if self.targets is None else self.computed + self.targets.lengths
        wrong = self._wrong_lengths
        if wrong is None:
            return found
        texts = 2 + (wrong > 0).sum(axis=1)
        return np.asarray(texts * np.maximum(found // 2, wrong.max(axis=1, initial=0)), dtype=np.int64)

    @property
    def real(self) -> NDArray[np.int64]:
        """Tokens that are read of each sample in training, without any padding: int64 (samples,)."""
        wrong = self._wrong_lengths
        return self.lengths if wrong is None else np.asarray(self.lengths + wrong.sum(axis=1), dtype=np.int64)

    @property
    def _wrong_lengths(self) -> NDArray[np.int64] | None:
        """Tokens of each sample's wrong partners, 0 where it has fewer: int64 (samples, most)."""
        if self.negatives is None or self.picks is None:
            return None
        return np.asarray(np.append(self.negatives.lengths, 0)[self.picks], dtype=np.int64)

    @property
    def rows(self) -> NDArray[np.int64]:
        """The row of each sample: int64 (samples,)."""
        return np.arange(len(self), dtype=np.int64) if self.row_of is None else self.row_of

    @property
    def tokens_lost(self) -> int:
        """Tokens cut away over all rows; windows lose none."""
        if self.row_of is not None:
            return 0
        # a row may be longer than its text, where a model reads every text filled up to one length
        return int(np.maximum(self.full_lengths - self.lengths, 0).sum())

    def tokens_of(self, samples: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
        """Positions in `ids` of the tokens of some samples, one sample after another."""
        index = np.asarray(samples, dtype=np.int64)
        starts = self.offsets[index]
        return _positions(starts, self.offsets[index + 1] - starts)

    def take(self, samples: Sequence[int] | NDArray[np.int64]) -> Encoded:
        """Some of the samples, in that order; for whole rows see `of_rows`. `unknown` stays that of all rows."""
        index = np.asarray(samples, dtype=np.int64)
        source = self.tokens_of(index)
        one_each = self.row_of is None
        words = self.words and replace(self.words, first=self.words.first[source])
        return replace(
            self,
            ids=self.ids[source],
            offsets=np.concatenate(([0], np.cumsum(np.diff(self.offsets)[index]))).astype(np.int64),
            types=None if self.types is None else self.types[source],
            full_lengths=self.full_lengths[index] if one_each else self.full_lengths,
            row_of=None if self.row_of is None else self.row_of[index],
            words=_rows_of_words(words, index) if words and one_each else words,
            second=None if self.second is None else self.second[index],
            targets=None if self.targets is None else self.targets.take(index),
            marks=None if self.marks is None else self.marks[source],
            media=None if self.media is None else self.media.take(index),
            picks=None if self.picks is None else self.picks[index],
        )

    def of_rows(self, rows: Sequence[int] | NDArray[np.int64]) -> Encoded:
        """All samples of some rows, which are numbered anew in that order."""
        index = np.asarray(rows, dtype=np.int64)
        if self.row_of is None:
            return self.take(index)
        first = np.searchsorted(self.row_of, index)
        counts = np.searchsorted(self.row_of, index, side="right") - first
        taken = self.take(_positions(first, counts))
        return replace(
            taken,
            full_lengths=self.full_lengths[index],
            row_of=np.repeat(np.arange(len(index), dtype=np.int64), counts),
            words=taken.words and _rows_of_words(taken.words, index),
        )

    def collate(self, samples: Sequence[int] | NDArray[np.int64]) -> dict[str, Tensor]:
        """A padded batch: `input_ids` int64 (batch, longest), `token_type_ids` where the model has segments, and
        `attention_mask` only where there is padding, so that a batch of equal lengths takes the unmasked kernel.

        Of pairs that are read apart the batch holds the first texts, and behind them the second ones.
        """
        index = np.asarray(samples, dtype=np.int64)
        if self.media is not None:
            seen = self.media.collate(index)
            return replace(self, media=None).collate(index) | seen if len(self.ids) else seen
        starts, ends = self.offsets[index], self.offsets[index + 1]
        if self.second is not None:
            middles = starts + self.second[index]
            starts, ends = np.concatenate([starts, middles]), np.concatenate([middles, ends])
        lengths = ends - starts
        longest = int(lengths.max())
        columns = np.arange(longest)
        filled = columns[None, :] < lengths[:, None]
        if self.pad_left:
            filled = filled[:, ::-1]
        source = _positions(starts, lengths)
        ids = np.full(filled.shape, self.pad_id, dtype=np.int64)
        ids[filled] = self.ids[source]
        batch = {"input_ids": torch.from_numpy(ids)}
        if self.types is not None:
            types = np.zeros(filled.shape, dtype=np.int64)
            types[filled] = self.types[source]
            batch["token_type_ids"] = torch.from_numpy(types)
        if self.marks is not None:
            marks = np.zeros(filled.shape, dtype=np.int64)
            marks[filled] = self.marks[source]
            batch["marks"] = torch.from_numpy(marks)
        if not filled.all():
            batch["attention_mask"] = torch.from_numpy(np.ascontiguousarray(filled, dtype=np.int64))
        return batch

    def pack(self, groups: Sequence[NDArray[np.int64]]) -> dict[str, Tensor]:
        """The samples of all groups one after another, without padding: `input_ids`, `position_ids` (counted from 0 in
        each sample), `token_type_ids` where the model has segments, and `marks` where there are any, each int64
        (1, tokens)."""
        index = np.concatenate(list(groups))
        source, starts = self.tokens_of(index), self.offsets[index]
        lengths = self.offsets[index + 1] - starts
        flat = {"input_ids": self.ids, "token_type_ids": self.types, "marks": self.marks}
        found = {name: values[source] for name, values in flat.items() if values is not None}
        found["position_ids"] = source - np.repeat(starts, lengths)
        return {name: torch.from_numpy(values.astype(np.int64))[None] for name, values in found.items()}


def _rows_of_words(words: Words, rows: NDArray[np.int64]) -> Words:
    """The words of some rows; the tokens stay."""
    lengths = np.diff(words.offsets)[rows]
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    return replace(words, spans=words.spans[_positions(words.offsets[rows], lengths)], offsets=offsets)


def _positions(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Indices of all tokens of the rows that start there, row after row."""
    shift = np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
    positions: NDArray[np.int64] = np.arange(int(lengths.sum()), dtype=np.int64) + shift
    return positions
