"""A micro-batch and where it lies."""

from __future__ import annotations

import torch

from tunewright.inputs import Batch


def test_a_batch_moves_whole() -> None:
    """Danger: the arguments on the GPU and the targets left behind: the first loss fails, or copies at every step."""
    batch = Batch({"input_ids": torch.ones(2, 3), "attention_mask": torch.ones(2, 3)}, torch.zeros(2))
    moved = batch.to(torch.device("meta"))
    assert {tensor.device.type for tensor in (*moved.arguments.values(), moved.targets)} == {"meta"}
    assert moved.arguments.keys() == batch.arguments.keys()


def test_shares_travel_with_the_batch() -> None:
    """Danger: windows that weigh as whole rows on every device but the first."""
    batch = Batch({"input_ids": torch.ones(2, 3)}, torch.zeros(2), shares=torch.tensor([0.5, 0.5]))
    assert batch.to(torch.device("cpu")).shares.tolist() == [0.5, 0.5]
    assert Batch({}, torch.zeros(2)).shares is None
