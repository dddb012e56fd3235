"""One sound a row."""

from __future__ import annotations

import torch
from tiny_media import MediaTrial, media_input


def test_training_without_changes_is_what_evaluation_hears() -> None:
    """Danger: training and evaluation that prepare sounds differently."""
    bench = MediaTrial("whisper")
    still = media_input("whisper", gain=0.0)
    short = [row for row in bench.rows.tolist() if bench.encoded.media.sizes[row] < 0.5][:2]
    heard = bench.inputs.collate(bench.encoded, short)["input_features"]
    assert torch.equal(still.training_batch(bench.encoded, short, 0, 0)["input_features"], heard)
    assert not torch.equal(bench.inputs.training_batch(bench.encoded, short, 0, 0)["input_features"], heard)
