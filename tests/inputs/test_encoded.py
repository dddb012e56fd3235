"""Rows of tokens in flat arrays, and batches cut from them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tunewright.inputs import Encoded


def encoded(types: bool = True, pad_left: bool = False) -> Encoded:
    """Three rows of 3, 1 and 2 tokens; the first and the last have been cut."""
    return Encoded(
        ids=np.array([5, 6, 7, 8, 9, 10], dtype=np.int32),
        offsets=np.array([0, 3, 4, 6], dtype=np.int64),
        types=np.array([0, 0, 1, 0, 0, 1], dtype=np.int8) if types else None,
        full_lengths=np.array([5, 1, 4], dtype=np.int64),
        unknown=2,
        pad_id=99,
        pad_left=pad_left,
    )


def test_lengths_and_losses() -> None:
    """Danger: a report of what was cut that does not add up."""
    rows = encoded()
    assert len(rows) == 3
    assert rows.lengths.tolist() == [3, 1, 2]
    assert rows.tokens_lost == 4


def test_padding_stands_behind_or_before() -> None:
    """Danger: padding on the wrong side: a causal classifier then reads its answer off the padding."""
    assert encoded().collate([0, 1])["input_ids"].tolist() == [[5, 6, 7], [8, 99, 99]]
    left = encoded(pad_left=True).collate([1, 0])
    assert left["input_ids"].tolist() == [[99, 99, 8], [5, 6, 7]]
    assert left["attention_mask"].tolist() == [[0, 0, 1], [1, 1, 1]]
    assert left["token_type_ids"].tolist() == [[0, 0, 0], [0, 0, 1]]


def test_a_batch_is_as_long_as_its_longest_row() -> None:
    """Danger: every batch padded to the longest row of the data, and most of the time spent on padding."""
    assert encoded().collate([1, 2])["input_ids"].shape == (2, 2)
    assert encoded().collate([1])["input_ids"].tolist() == [[8]]


def test_the_mask_is_left_out_without_padding() -> None:
    """Danger: a mask of ones, which keeps the fast kernel away for nothing."""
    assert "attention_mask" not in encoded().collate([0])
    assert encoded().collate([0, 2])["attention_mask"].tolist() == [[1, 1, 1], [1, 1, 0]]


def test_segments_only_where_the_model_has_them() -> None:
    """Danger: an argument that the model does not know."""
    assert set(encoded(types=False).collate([0])) == {"input_ids"}
    assert encoded().collate([0])["token_type_ids"].tolist() == [[0, 0, 1]]


def test_tensors_are_of_the_types_that_models_take() -> None:
    """Danger: int32 ids, which embeddings take on one device and refuse on another; or memory that is shared."""
    rows = encoded()
    batch = rows.collate([0, 1])
    assert all(tensor.dtype == torch.int64 for tensor in batch.values())
    batch["input_ids"].zero_()
    assert rows.ids.tolist() == [5, 6, 7, 8, 9, 10]


def test_rows_may_repeat_and_come_in_any_order() -> None:
    """Danger: positions computed for rows that stand in order."""
    assert encoded().collate([2, 0, 2])["input_ids"].tolist() == [[9, 10, 99], [5, 6, 7], [9, 10, 99]]


@pytest.mark.parametrize("types", [True, False])
def test_taking_rows(types: bool) -> None:
    """Danger: tokens of one row under the lengths of another."""
    some = encoded(types).take(np.array([2, 0]))
    assert some.ids.tolist() == [9, 10, 5, 6, 7]
    assert some.offsets.tolist() == [0, 2, 5]
    assert some.full_lengths.tolist() == [4, 5]
    assert some.tokens_lost == 4
    assert (some.types is None) is not types
    assert torch.equal(some.collate([1])["input_ids"], encoded().collate([0])["input_ids"])
    assert len(encoded(types).take([])) == 0


def test_a_row_without_tokens_keeps_its_place() -> None:
    """Danger: an empty row that shifts every row behind it by one."""
    rows = replace(encoded(types=False), offsets=np.array([0, 3, 3, 6], dtype=np.int64))
    assert rows.collate([1, 2])["input_ids"].tolist() == [[99, 99, 99], [8, 9, 10]]
    assert rows.take([1, 0]).lengths.tolist() == [0, 3]


def test_packed_rows_stand_one_after_another() -> None:
    """Danger: padding that is computed, or positions that run on from row to row."""
    packed = encoded(pad_left=True).pack([np.array([2, 1]), np.array([0])])
    assert packed["input_ids"].tolist() == [[9, 10, 8, 5, 6, 7]]
    assert packed["position_ids"].tolist() == [[0, 1, 0, 0, 1, 2]]
    assert packed["token_type_ids"].shape == packed["input_ids"].shape
    assert "marks" not in packed
