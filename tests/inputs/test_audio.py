"""One sound a row."""

from __future__ import annotations

import pytest
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


@pytest.mark.parametrize("family", ["wav2vec2", "whisper", "audio-spectrogram-transformer"])
def test_a_step_in_bf16_hears_what_one_in_fp32_does(family: str) -> None:
    """Danger: an extractor's products in bf16, which transformers' Whisper answers with a traceback, and others with
    another spectrogram than evaluation has."""
    bench = MediaTrial(family)
    rows = bench.rows.tolist()[:2]
    plain = bench.inputs.training_batch(bench.encoded, rows, 0, 0)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = bench.inputs.training_batch(bench.encoded, rows, 0, 0)
    assert all(torch.equal(rough[name], tensor) for name, tensor in plain.items())


@pytest.mark.parametrize("family", ["wav2vec2", "whisper", "audio-spectrogram-transformer"])
@pytest.mark.parametrize("change", [{"noise": 0.3}, {"mask_time": 0.4}, {"mask_frequency": 0.5}])
def test_each_change_is_heard_in_training_and_drawn_by_step(family: str, change: dict[str, float]) -> None:
    """Danger: a field that is read and does nothing, or that changes what is measured."""
    bench = MediaTrial(family)
    rough = media_input(family, gain=0.0, **change)
    rows = bench.rows.tolist()[:3]
    made = [next(iter(rough.training_batch(bench.encoded, rows, 0, step).values())) for step in (0, 0, 1)]
    still = next(iter(media_input(family, gain=0.0).training_batch(bench.encoded, rows, 0, 0).values()))
    assert torch.equal(made[0], made[1])
    assert not torch.equal(made[0], still)
    assert not torch.equal(made[0], made[2])
    again = next(iter(rough.training_batch(bench.encoded, rows[1:], 0, 0).values()))
    width = min(again.shape[-1], made[0].shape[-1])  # of a batch that is filled up to its own longest row
    assert width > 0 and torch.equal(again[..., :width], made[0][1:, ..., :width])
    heard, plain = rough.collate(bench.encoded, rows), media_input(family).collate(bench.encoded, rows)
    assert all(torch.equal(heard[name], plain[name]) for name in plain)
