"""Texts that are wrong beside a row's own: encoded beside the pairs, and read behind them in training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from tunewright.inputs.encoded import Encoded
from tunewright.inputs.tokens import tokenize

__all__ = ["GIVEN", "picks_of", "second_texts", "with_negatives", "with_wrong_partners"]

GIVEN = "negatives"
"""Name, among the arguments of a batch, of bool (rows, most): which rows have which of their wrong partners."""


def with_negatives(encoded: Encoded, texts: Sequence[Sequence[str]], tokenizer: Any, max_length: int) -> Encoded:
    """Encoded pairs, and beside them the wrong partners of each row, each cut to `max_length`."""
    flat = [text for row in texts for text in row]
    found = tokenize(flat, None, tokenizer, max_length)
    counts = np.array([len(row) for row in texts], dtype=np.int64)
    return replace(encoded, negatives=found, picks=picks_of(counts))  # `unknown` counts what figures are made of


def second_texts(encoded: Encoded, rows: NDArray[np.int64]) -> Encoded:
    """The second texts of some rows of pairs that are read apart, each a sample of its own."""
    assert encoded.second is not None
    starts, ends = encoded.offsets[rows] + encoded.second[rows], encoded.offsets[rows + 1]
    ids = [np.zeros(0, dtype=np.int64), *(np.arange(*place) for place in zip(starts, ends, strict=True))]
    places = np.concatenate(ids)
    return Encoded(
        ids=encoded.ids[places],
        offsets=np.concatenate(([0], np.cumsum(ends - starts))).astype(np.int64),
        types=None if encoded.types is None else encoded.types[places],
        full_lengths=ends - starts,
        unknown=0,
        pad_id=encoded.pad_id,
        pad_left=encoded.pad_left,
    )


def picks_of(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """(rows, most) numbers of texts that lie in the order of their rows; -1 where a row has fewer than the most."""
    most = int(counts.max(initial=0))
    there = np.arange(most) < counts[:, None]
    picks = np.full(there.shape, -1, dtype=np.int64)
    picks[there] = np.arange(int(counts.sum()))
    return picks


def with_wrong_partners(encoded: Encoded, samples: Sequence[int] | NDArray[np.int64]) -> dict[str, Tensor]:
    """A padded batch: the first texts, behind them the second ones, and behind these all wrong partners that there
    are, row by row; and `GIVEN`."""
    pairs = encoded.collate(samples)
    if encoded.negatives is None or encoded.picks is None:
        return pairs
    picks = encoded.picks[np.asarray(samples, dtype=np.int64)]
    there = picks >= 0
    given = {GIVEN: torch.from_numpy(there)}
    if not there.any():
        return pairs | given
    return _joined(pairs, encoded.negatives.collate(picks[there]), encoded) | given


def _joined(above: dict[str, Tensor], below: dict[str, Tensor], encoded: Encoded) -> dict[str, Tensor]:
    """One batch of two, as wide as the wider one."""
    width = max(batch["input_ids"].shape[1] for batch in (above, below))
    masks = [batch.get("attention_mask", torch.ones_like(batch["input_ids"])) for batch in (above, below)]
    made = {
        name: torch.cat([_widened(batch[name], width, fill, encoded.pad_left) for batch in (above, below)])
        for name, fill in (("input_ids", encoded.pad_id), ("token_type_ids", 0))
        if name in above
    }
    mask = torch.cat([_widened(one, width, 0, encoded.pad_left) for one in masks])
    return made if bool(mask.all()) else made | {"attention_mask": mask}


def _widened(tensor: Tensor, width: int, fill: int, left: bool) -> Tensor:
    missing = width - tensor.shape[1]
    return functional.pad(tensor, (missing, 0) if left else (0, missing), value=fill)
