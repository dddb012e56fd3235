"""Micro-batches: targets that belong to the rows beside them, in whatever order rows are laid."""

from __future__ import annotations

import numpy as np
import torch

from tunewright.models.packing import packed_rows
from tunewright.pipeline.batches import batches, places
from tunewright.pipeline.fit import build_model
from tunewright.pipeline.prepare import prepare
from tunewright.training.observer import Silent

CPU = torch.device("cpu")


def test_targets_follow_their_rows(placed):
    """Danger: rows sorted by length beside targets that are not."""
    prepared = prepare(placed(), Silent())
    model, _, space = build_model(prepared, CPU)
    encoded, rows = prepared.train.encoded, np.array([5, 0, 3, 9, 1])
    padded = batches(prepared, space, CPU, None)(rows)
    assert padded.targets.tolist() == prepared.train.truth[rows].tolist()
    assert padded.tokens == padded.arguments["input_ids"].numel()
    with packed_rows(model, CPU, "fp32") as packing:
        packed = batches(prepared, space, CPU, packing)(rows)
    ids, layout = packed.arguments["input_ids"][0], packed.arguments["layout"]
    laid = [int(row) for start in layout.first.tolist() for row in rows if begins(encoded, int(row), ids[start:])]
    assert sorted(laid) == sorted(rows.tolist())
    assert packed.targets.tolist() == prepared.train.truth[laid].tolist()
    assert packed.samples.tolist() == laid, "what is drawn of a row follows it"


def begins(encoded, row: int, ids: torch.Tensor) -> bool:
    """Whether the row's tokens stand there, and no longer row's."""
    own = encoded.ids[encoded.offsets[row] : encoded.offsets[row + 1]]
    after = ids[len(own) : len(own) + 1].tolist()
    return ids[: len(own)].tolist() == own.tolist() and after in ([], [encoded.pad_id], [encoded.ids[0]])


def test_rows_are_named_once(placed):
    """Danger: a message that names one row five times, because five of its windows were in the step."""
    prepared = prepare(placed(), Silent())
    text = places(prepared.train, np.array([2, 2, 4]))
    assert text.count(";") == 1
    assert str(prepared.train.table.place(4)) in text
