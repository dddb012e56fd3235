"""Sounds as a model of transformers takes them: read by libsndfile, mixed to one channel, at the model's own rate."""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import importlib.util
import io
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tunewright.errors import MissingExtraError, Problem, RecipeError
from tunewright.inputs.contents import INSIDE, Unreadable, raw_of
from tunewright.inputs.media import Reader
from tunewright.inputs.png import png
from tunewright.inputs.spectrum import log_mel

__all__ = ["FULL", "SoundReader", "heard"]

FULL = 32_767
"""The largest value of 16 bits: samples are kept so, which is what most files hold, and 96 dB above its own noise."""
_OF_UNKNOWN_LENGTH = (0, 0xFFFFFFFF)
_OPENING = re.compile(r"^Error opening <[^>]*>: |^Error in ")
_WINDOW = 400
"""Samples of a spectrogram's window, which transformers' AST extractor has fixed, whatever the rate."""
_THUMBNAIL = (96, 240)


@functools.cache
def _soundfile() -> Any:
    # brought in by name when asked for: it is optional
    if importlib.util.find_spec("soundfile") is None:
        raise MissingExtraError("Reading sounds", "soundfile", "audio")
    return importlib.import_module("soundfile")


def heard(raw: bytes) -> tuple[NDArray[np.float32], int]:
    """(samples,) in -1..1, channels averaged, and their rate in hertz.

    Raises:
        Unreadable: the bytes are no sound, end before it does, last no time, or hold no numbers.
    """
    try:
        wave, rate = _soundfile().read(io.BytesIO(raw), dtype="float32", always_2d=True)
    except MissingExtraError:
        raise
    except Exception as error:  # libsndfile tells kinds of damage apart by text alone
        raise Unreadable("broken_media", f"holds no whole sound: {_said(error)}") from None
    said = int.from_bytes(raw[4:8], "little")
    # libsndfile reads what is left of a file that was cut short, and says nothing
    if raw[:4] == b"RIFF" and said not in _OF_UNKNOWN_LENGTH and said + 8 > len(raw) + 1:
        raise Unreadable("broken_media", f"ends after {len(raw):,} of {said + 8:,} bytes")
    if not len(wave):
        raise Unreadable("empty_sound", "holds 0 seconds")
    if not np.isfinite(wave).all():
        raise Unreadable("broken_media", "holds samples that are no numbers")
    return wave.mean(axis=1), int(rate)


def _resampled(wave: NDArray[np.float32], rate: int, wanted: int) -> NDArray[Any]:
    if rate == wanted:
        return wave
    shared = math.gcd(rate, wanted)
    signal = importlib.import_module("scipy.signal")  # half a second, which runs on texts do not pay
    made: NDArray[Any] = signal.resample_poly(wave, wanted // shared, rate // shared)
    return made


@dataclass(frozen=True, eq=False)
class SoundReader(Reader):
    """Decodes and resamples; the model's own extractor makes its input of that, batch by batch.

    Attributes:
        extractor: a feature extractor of transformers.
        most: samples that the model is given of one row.
        shape: how many frames the model computes of how many samples.
        pads: whether short rows are filled up to the longest of their batch, under a mask. Where a model has no mask,
            every row is filled up to `most`, so that no row's outputs depend on its neighbours.
    """

    store: ClassVar[str] = "waves"
    dtype: ClassVar[str] = "int16"
    unit: ClassVar[str] = "seconds"

    extractor: Any
    most: int
    shape: Frames
    pads: bool

    @classmethod
    def of(cls, extractor: Any, config: Any, max_seconds: float) -> SoundReader:
        """What a model hears of a sound of at most so many seconds.

        Raises:
            RecipeError: the model hears less, or nothing in so short a time.
        """
        _soundfile()
        rate = int(extractor.sampling_rate)
        shape = Frames.of(extractor, config)
        if shape.samples is not None and max_seconds * rate > shape.samples + rate // 100:
            what = f"is {max_seconds:g}, and this model hears {shape.samples / rate:g} seconds"
            hint = f"Allowed: up to {shape.samples / rate:g}."
            raise RecipeError("The recipe cannot be used.", [Problem("data.inputs.max_seconds", what, hint)])
        if max_seconds * rate < shape.least(rate):
            needed = shape.least(rate) / rate
            what = f"is {max_seconds:g}, and this model makes nothing of less than {needed:.3g} seconds"
            problem = Problem("data.inputs.max_seconds", what, f"Allowed: {needed:.3g} and more.")
            raise RecipeError("The recipe cannot be used.", [problem])
        masks = bool(getattr(extractor, "return_attention_mask", False))
        pads = masks and shape.samples is None and getattr(config, "feat_extract_norm", "layer") == "layer"
        return cls(extractor, max(1, round(max_seconds * rate)), shape, pads)

    @property
    def rate(self) -> int:
        """Samples a second, as the model was trained."""
        return int(self.extractor.sampling_rate)

    @property
    def longest(self) -> int:
        return self.shape.count(self.most)

    @property
    def least(self) -> float:
        """Seconds of which the model makes one frame; what is shorter is filled up with silence."""
        return self.shape.least(self.rate) / self.rate

    def measure(self, cell: str) -> tuple[float, int]:
        try:
            found = _soundfile().info(io.BytesIO(raw_of(cell)) if cell.startswith(INSIDE) else cell)
        except MissingExtraError:
            raise
        except Exception as error:
            raw_of(cell)
            raise Unreadable("broken_media", f"holds no whole sound: {_said(error)}") from None
        samples = -(-found.frames * self.rate // found.samplerate)
        return found.frames / found.samplerate, self.shape.count(min(samples, self.most) if self.pads else self.most)

    def values(self, raw: bytes) -> NDArray[np.int16]:
        wave = _resampled(*heard(raw), self.rate)
        return np.round(wave * FULL).clip(-FULL, FULL).astype(np.int16)

    def wave(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """What the model is given of a row: its first samples, in -1..1; silence behind them where they are too few to
        make one frame."""
        wave: NDArray[np.float32] = values[: self.most].astype(np.float32) / np.float32(FULL)
        return np.pad(wave, (0, max(0, self.shape.least(self.rate) - len(wave))))

    def batch(self, rows: Sequence[NDArray[Any]]) -> dict[str, Tensor]:
        # a step prepares its batches while it computes in bf16, in which a spectrogram would be another one
        with torch.autocast("cpu", enabled=False):
            made = self.extractor([self.wave(row) for row in rows], return_tensors="pt", **self._options())
        batch = {name: torch.as_tensor(tensor) for name, tensor in made.items()}
        if "attention_mask" in batch and (not self.pads or bool(batch["attention_mask"].all())):
            del batch["attention_mask"]
        return batch

    def _options(self) -> dict[str, Any]:
        options: dict[str, Any] = {"sampling_rate": self.rate}
        if self.shape.samples is not None:  # the extractor itself fills up to what the model hears
            return options
        if self.pads:
            return options | {"padding": True}
        return options | {"padding": "max_length", "max_length": self.most, "truncation": True}

    def thumbnail(self, values: NDArray[Any]) -> bytes:
        """Its spectrogram: time to the right, pitch upward, loud is dark."""
        mel = log_mel(self.wave(values), self.rate)
        low, high = np.percentile(mel, [5, 99.5])
        grey = 255 - 255 * ((mel - low) / max(high - low, 1e-6)).clip(0, 1)
        tall, wide = _THUMBNAIL
        rows = np.arange(tall) * mel.shape[1] // tall
        columns = np.arange(min(wide, 4 * len(mel))) * len(mel) // min(wide, 4 * len(mel))
        return png(grey.T[::-1][rows][:, columns].astype(np.uint8))

    def plainly(self, values: NDArray[Any], raw: bytes) -> tuple[NDArray[Any], dict[str, Any]]:
        return self.wave(values), self._options()

    def described(self) -> dict[str, Any]:
        own = json.loads(json.dumps(self.extractor.to_dict(), default=str, sort_keys=True))
        packages = {name: importlib.metadata.version(name) for name in ("soundfile", "scipy")}
        return {"extractor": own, "most": self.most, "pads": self.pads, "frames": repr(self.shape), **packages}

    def save_pretrained(self, folder: str) -> None:
        self.extractor.save_pretrained(folder)


@dataclass(frozen=True)
class Frames:
    """How many frames a model computes of how many samples.

    Attributes:
        strides: kernel and step of each convolution over samples.
        fixed: frames whatever the length, where the extractor fills every row up; None elsewhere.
        samples: what the model hears at most, where that is fixed.
    """

    strides: tuple[tuple[int, int], ...] = ()
    fixed: int | None = None
    samples: int | None = None

    @classmethod
    def of(cls, extractor: Any, config: Any) -> Frames:
        """Look at what model and extractor say."""
        if hasattr(config, "max_source_positions"):  # Whisper's encoder
            return cls(fixed=int(config.max_source_positions), samples=int(extractor.n_samples))
        if hasattr(config, "time_stride"):  # patches over a spectrogram (AST), a frame each 10 ms
            across = (int(config.max_length) - int(config.patch_size)) // int(config.time_stride) + 1
            up = (int(config.num_mel_bins) - int(config.patch_size)) // int(config.frequency_stride) + 1
            samples = int(config.max_length) * int(extractor.sampling_rate) // 100
            return cls(fixed=2 + across * up, samples=samples)
        kernels, steps = getattr(config, "conv_kernel", None), getattr(config, "conv_stride", None)
        return cls(tuple(zip(kernels, steps, strict=True)) if kernels and steps else ((320, 320),))

    def least(self, rate: int) -> int:
        """Samples that make one frame; of a spectrogram those of some windows, 50 ms."""
        if self.fixed is not None:
            return max(_WINDOW, rate // 20)
        samples = 1
        for kernel, step in reversed(self.strides):
            samples = (samples - 1) * step + kernel
        return samples

    def count(self, samples: int) -> int:
        """Frames of so many samples, one at least."""
        if self.fixed is not None:
            return self.fixed
        for kernel, step in self.strides:
            samples = (samples - kernel) // step + 1
        return max(1, samples)


def _said(error: Exception) -> str:
    """What libsndfile says, without the object that it was given."""
    return _OPENING.sub("", str(error).splitlines()[0])[:120]
