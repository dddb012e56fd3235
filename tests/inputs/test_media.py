"""Pictures and sounds of many rows, decoded when asked for or kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_media import MediaTrial, media_input

from tunewright.errors import DataError
from tunewright.inputs.contents import INSIDE
from tunewright.inputs.media import Media


def test_rows_are_taken_without_reading_a_value() -> None:
    """Danger: `take` that shuffles cells, lengths and sizes apart."""
    media = MediaTrial("wav2vec2").encoded.media
    assert media is not None and media.cells is not None
    some = media.take([5, 0, 5])
    assert some.cells == (media.cells[5], media.cells[0], media.cells[5])
    assert some.lengths.tolist() == media.lengths[[5, 0, 5]].tolist()
    assert np.array_equal(some.values(1), media.values(0))
    assert np.array_equal(some.content(), media.content()[[5, 0, 5]])
    assert len(some) == 3 and not some.cells[0].startswith(INSIDE)


def test_files_that_are_gone_are_named_together(tmp_path: Path) -> None:
    """Danger: one error a run, for a folder that was moved as a whole."""
    bench = MediaTrial("vit")
    with pytest.raises(DataError, match="row 2") as caught:
        Media.of_cells([bench.columns["path"][0], str(tmp_path / "gone.png"), None], bench.tokenizer)
    assert len(caught.value.problems) == 2


def test_no_rows_are_no_error() -> None:
    """Danger: a split without rows that ends in a traceback from numpy."""
    tool = MediaTrial("vit").tokenizer
    encoded = media_input("vit").encode({"path": []}, tool, 17)
    assert len(encoded) == encoded.tokens_lost == 0 and encoded.media is not None
    assert encoded.media.content().shape == (0, 16)
