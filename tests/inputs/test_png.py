"""The smallest writer of PNG files."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from tunewright.inputs.png import png


def test_what_is_written_opens_to_the_bit() -> None:
    """Danger: a picture in a report that no browser shows. Pillow is the peer."""
    for shape in ((5, 7), (5, 7, 3)):
        pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(png(pixels)))), pixels)
