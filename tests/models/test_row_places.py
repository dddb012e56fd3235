"""Rows are found in padded and in packed micro-batches alike."""

from __future__ import annotations

import numpy as np
import torch
from tiny_causal import some_rows

from tunewright.models.packing import Packing
from tunewright.models.row_places import first_tokens, real_tokens, row_slices

LENGTHS = (4, 1, 2)


def test_padded_rows():
    """Danger: padding is learned; a row begins where the one before it ends."""
    batch = some_rows(LENGTHS).collate([0, 1, 2])
    assert real_tokens(batch).tolist() == [[True] * 4, [True, False, False, False], [True, True, False, False]]
    assert first_tokens(batch).nonzero().tolist() == [[0, 0], [1, 0], [2, 0]]
    assert row_slices(batch) == [slice(0, 4), slice(4, 5), slice(8, 10)]
    whole = some_rows((3, 3)).collate([0, 1])
    assert real_tokens(whole).all() and row_slices(whole) == [slice(0, 3), slice(3, 6)]


def test_rows_padded_in_front_begin_behind_it():
    """Danger: the first token of such a row is learned as if padding had foreseen it."""
    batch = {"input_ids": torch.zeros(2, 3), "attention_mask": torch.tensor([[1, 1, 1], [0, 0, 1]])}
    assert first_tokens(batch)[real_tokens(batch)].tolist() == [True, False, False, True]


def test_packed_rows():
    """Danger: the first token of a row is foreseen from the last one of its neighbour."""
    encoded = some_rows(LENGTHS)
    groups = [np.array([0]), np.array([2, 1])]
    given = Packing(torch.device("cpu"), causal=True).arguments(encoded, groups)
    assert given["position_ids"].tolist() == [[0, 1, 2, 3, 0, 1, 0]]
    assert real_tokens(given).tolist() == [[True] * 7], "the mask that causal models are given says nothing of tokens"
    assert first_tokens(given).nonzero()[:, 1].tolist() == [0, 4, 6]
    assert row_slices(given) == [slice(0, 4), slice(4, 6), slice(6, 7)]
    rows = [given["input_ids"].flatten()[row].tolist() for row in row_slices(given)]
    assert rows == [encoded.take([row]).ids.tolist() for row in (0, 2, 1)]
