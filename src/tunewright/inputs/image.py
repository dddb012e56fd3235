"""One picture a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from tunewright.inputs.augmentation import altered_picture, draws_of
from tunewright.inputs.encoded import Encoded
from tunewright.inputs.media_input import MediaInput
from tunewright.inputs.pictures import PictureReader, decoded

__all__ = ["ImageInput"]


class ImageInput(MediaInput):
    """One picture: a column of paths (from the folder of the table's own file), or of bytes.

    Grey, palette, transparent, 16-bit and turned pictures are brought to upright RGB. In training each picture is cut,
    mirrored and tinted by chance, another way in every step; validation and test see it as it is.
    """

    reads: ClassVar[str] = "image"
    processor_class: ClassVar[str] = "AutoImageProcessor"

    kind: Literal["image"] = "image"
    """Which input this is."""
    image: str = Field(min_length=1)
    """Column that names the picture's file, or holds its bytes; in a folder with one folder a class: `path`."""
    crop: float = Field(default=0.8, gt=0.0, le=1.0)
    """Smallest share of each side that a random cut keeps in training; 1 keeps whole pictures."""
    flip: bool = True
    """Whether half of the pictures are mirrored left to right in training; wrong for writing, arrows and hands."""
    colour: float = Field(default=0.1, ge=0.0, lt=1.0)
    """Most that brightness, contrast and saturation change in training, as a share of themselves; 0 leaves colours."""

    @property
    def column(self) -> str:
        return self.image

    def check(self, raw: bytes) -> None:
        decoded(raw)

    def preprocessor(self, source: Any) -> PictureReader:
        return PictureReader.of(source.image_processor(), source.config())

    def training_batch(
        self, encoded: Encoded, samples: Sequence[int] | NDArray[np.int64], seed: int, step: int
    ) -> dict[str, Tensor]:
        media = encoded.media
        assert media is not None
        reader = media.reader
        assert isinstance(reader, PictureReader)
        changed = []
        for row in np.asarray(samples).tolist():
            pixels = media.values(row).reshape(reader.shape)
            draw = draws_of(seed, step, row)
            changed.append(altered_picture(pixels, draw, crop=self.crop, flip=self.flip, colour=self.colour))
        return reader.batch([pixels.reshape(-1) for pixels in changed])
