"""Changes that leave the meaning of a picture or sound, drawn anew for every step."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tunewright.inputs.sounds import FULL
from tunewright.inputs.spectrum import mel_of

__all__ = ["altered_picture", "cut_sound", "draws_of", "roughened_sound"]

_GREY = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in what the eye takes for brightness (ITU-R BT.601)."""
_MASKS = 2
"""Of time and of pitch each, as in the policies LD and SS of Park et al. 2019."""


def draws_of(seed: int, step: int, row: int) -> np.random.Generator:
    """The random numbers of one row in one step: the same however the step is cut, and in a run that is resumed."""
    return np.random.default_rng([seed, step, row])


def altered_picture(
    pixels: NDArray[np.uint8], draw: np.random.Generator, *, crop: float, flip: bool, colour: float
) -> NDArray[np.uint8]:
    """A picture cut, mirrored and tinted by chance, in its own size.

    Args:
        pixels: uint8 (3, height, width).
        draw: where chance comes from; four numbers and three more are taken, whatever is asked for.
        crop: smallest share of each side that is kept, 0..1.
        flip: whether half of all pictures are mirrored.
        colour: most that brightness, contrast and saturation change, as a share of themselves.
    """
    share, top, left, mirrored = draw.random(4)
    factors = 1.0 + colour * (2.0 * draw.random(3) - 1.0)
    picture = torch.from_numpy(pixels.astype(np.float32))
    picture = _cut(picture, crop + (1.0 - crop) * float(share), float(top), float(left))
    if flip and mirrored < 0.5:
        picture = picture.flip(2)
    if colour:
        picture = _tinted(picture, [float(factor) for factor in factors])
    values: NDArray[Any] = picture.round_().clamp_(0, 255).to(torch.uint8).numpy()
    return values


def _cut(picture: Tensor, share: float, top: float, left: float) -> Tensor:
    """A part with sides of `share`, as large as the whole again."""
    height, width = picture.shape[1:]
    rows, columns = max(1, round(height * share)), max(1, round(width * share))
    if (rows, columns) == (height, width):
        return picture
    y, x = round(top * (height - rows)), round(left * (width - columns))
    part = picture[None, :, y : y + rows, x : x + columns]
    return nn.functional.interpolate(part, (height, width), mode="bilinear", align_corners=False)[0]


def _tinted(picture: Tensor, factors: list[float]) -> Tensor:
    bright, contrast, saturation = factors
    picture = picture * bright
    grey = (picture * torch.tensor(_GREY).view(3, 1, 1)).sum(dim=0, keepdim=True)
    picture = grey.mean() + (picture - grey.mean()) * contrast
    grey = (picture * torch.tensor(_GREY).view(3, 1, 1)).sum(dim=0, keepdim=True)
    return grey + (picture - grey) * saturation


def cut_sound(
    values: NDArray[np.int16], draw: np.random.Generator, *, most: int, crop: float, gain: float
) -> NDArray[np.int16]:
    """A part of a sound from anywhere in it, and quieter by chance.

    Args:
        values: int16 (samples,).
        draw: where chance comes from; three numbers are taken, whatever is asked for.
        most: samples that the part has at most.
        crop: smallest share of the length that is kept.
        gain: most decibels that are taken away.
    """
    share, start, quieter = draw.random(3)
    kept = min(most, max(1, round(len(values) * (crop + (1.0 - crop) * float(share)))))
    first = round(float(start) * (len(values) - kept))
    part = values[first : first + kept]
    factor = 10.0 ** (-gain * float(quieter) / 20.0)
    changed: NDArray[np.int16] = np.round(part * factor).astype(np.int16)
    return changed


def roughened_sound(
    values: NDArray[np.int16], draw: np.random.Generator, *, rate: int, noise: float, time: float, pitch: float
) -> NDArray[np.int16]:
    """A sound with white noise added, and with spans of time and of pitch taken out of it by chance.

    The spans are those of SpecAugment (Park et al. 2019), cut from the sound itself, so that a model which hears
    samples gets them as does one that is given a spectrogram. What is taken out is silent.

    Args:
        values: int16 (samples,).
        draw: where chance comes from; nine numbers are taken, whatever is asked for, and then those of the noise.
        rate: samples a second.
        noise: most loudness of the noise, as a share of the sound's own (root mean square).
        time: widest span of time, as a share of the sound's length; two are taken out, which may overlap.
        pitch: widest span of pitch, as a share of mel from 0 Hz to half the rate; two are taken out.
    """
    loudness, *places = draw.random(1 + 4 * _MASKS).tolist()
    if not (noise or time or pitch):
        return values
    wave = values.astype(np.float64)
    if noise:
        wave += noise * loudness * np.sqrt(np.mean(wave**2)) * draw.standard_normal(len(wave))
    if pitch:
        tones = np.fft.rfft(wave)
        mels = mel_of(np.fft.rfftfreq(len(wave), 1 / rate))
        for first, last in _spans(places[: 2 * _MASKS], pitch, mel_of(rate / 2)):
            tones[(mels >= first) & (mels < last)] = 0.0
        wave = np.fft.irfft(tones, len(wave))
    for first, last in _spans(places[2 * _MASKS :], time, len(wave)):
        wave[round(first) : round(last)] = 0.0
    changed: NDArray[np.int16] = np.round(wave).clip(-FULL, FULL).astype(np.int16)
    return changed


def _spans(places: list[float], widest: float, whole: float) -> list[tuple[float, float]]:
    """Beginnings and ends within 0..`whole` of spans up to a share of it wide."""
    spans = []
    for width, place in zip(places[::2], places[1::2], strict=True):
        wide = widest * whole * width
        spans.append((place * (whole - wide), place * (whole - wide) + wide))
    return spans
