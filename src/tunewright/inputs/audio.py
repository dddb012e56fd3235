"""One sound a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from tunewright.inputs.augmentation import cut_sound, draws_of, roughened_sound
from tunewright.inputs.encoded import Encoded
from tunewright.inputs.media_input import MediaInput
from tunewright.inputs.sounds import SoundReader, heard

__all__ = ["AudioInput"]


class AudioInput(MediaInput):
    """One sound: a column of paths (from the folder of the table's own file), or of bytes.

    WAV, FLAC, OGG, MP3 and what else libsndfile reads; channels are averaged, and the rate becomes the model's own. Of
    a sound that is longer than `max_seconds`, training hears another part in every step, and validation and test hear
    the beginning.
    """

    reads: ClassVar[str] = "audio"
    processor_class: ClassVar[str] = "AutoFeatureExtractor"

    kind: Literal["audio"] = "audio"
    """Which input this is."""
    audio: str = Field(min_length=1)
    """Column that names the sound's file, or holds its bytes; in a folder with one folder a class: `path`."""
    max_seconds: float = Field(default=10.0, gt=0.0, le=600.0)
    """Seconds of a sound that the model is given at most; what is lost by it is reported."""
    crop: float = Field(default=1.0, gt=0.0, le=1.0)
    """Smallest share of a sound's length that a random cut keeps in training; 1 keeps all that `max_seconds` lets."""
    gain: float = Field(default=6.0, ge=0.0, le=40.0)
    """Most decibels by which a sound is made quieter in training; 0 leaves it."""
    noise: float = Field(default=0.0, ge=0.0, le=1.0)
    """Most loudness of white noise that is added in training, as a share of the sound's own; 0 adds none."""
    mask_time: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Widest of two spans of time that are silenced in training, as a share of the sound's length (SpecAugment, Park et
    al. 2019)."""
    mask_frequency: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Widest of two spans of pitch that are taken out in training, as a share of all that can be heard, in mel
    (SpecAugment)."""

    @property
    def column(self) -> str:
        return self.audio

    def check(self, raw: bytes) -> None:
        heard(raw)

    def preprocessor(self, source: Any) -> SoundReader:
        return SoundReader.of(source.feature_extractor(), source.config(), self.max_seconds)

    def training_batch(
        self, encoded: Encoded, samples: Sequence[int] | NDArray[np.int64], seed: int, step: int
    ) -> dict[str, Tensor]:
        media = encoded.media
        assert media is not None
        reader = media.reader
        assert isinstance(reader, SoundReader)
        rows = np.asarray(samples).tolist()
        return reader.batch([self._changed(media.values(row), reader, draws_of(seed, step, row)) for row in rows])

    def _changed(self, values: NDArray[np.int16], reader: SoundReader, draw: np.random.Generator) -> NDArray[np.int16]:
        part = cut_sound(values, draw, most=reader.most, crop=self.crop, gain=self.gain)
        return roughened_sound(
            part, draw, rate=reader.rate, noise=self.noise, time=self.mask_time, pitch=self.mask_frequency
        )
