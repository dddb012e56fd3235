"""One picture a row."""

from __future__ import annotations

import torch
from tiny_media import MediaTrial, media_input

from tunewright.recipe import Recipe


def test_options_beside_the_column_say_which_input_it_is() -> None:
    """Danger: `{image: path, flip: false}` is refused because flip is no column."""
    given = {"train": "x", "target": "y", "inputs": {"image": "file", "flip": False}}
    inputs = Recipe(model="m", data=given).data.inputs
    assert (inputs.kind, inputs.columns, inputs.flip) == ("image", ("file",), False)


def test_training_without_changes_is_what_evaluation_sees() -> None:
    """Danger: training and evaluation that prepare pictures differently."""
    bench = MediaTrial("vit")
    still = media_input("vit", crop=1.0, flip=False, colour=0.0)
    seen = bench.inputs.collate(bench.encoded, [0, 3])["pixel_values"]
    assert torch.equal(still.training_batch(bench.encoded, [0, 3], 0, 0)["pixel_values"], seen)
    assert not torch.equal(bench.inputs.training_batch(bench.encoded, [0, 3], 0, 0)["pixel_values"], seen)
