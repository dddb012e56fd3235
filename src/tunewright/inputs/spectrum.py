"""Log-mel spectrograms in plain numpy: for pictures of sounds, and for baselines without a transformer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["BANDS", "log_mel", "mel_of"]

BANDS = 40
_WINDOW, _STEP = 0.025, 0.010
"""Seconds of a window, and between two: what speech is cut into everywhere."""
_LOWEST = 50.0
_FLOOR = 1e-8


def log_mel(wave: NDArray[np.float32], rate: int, bands: int = BANDS) -> NDArray[np.float64]:
    """(windows, bands) natural logarithm of the energy in triangular bands, evenly wide in mel (Stevens et al. 1937).

    Args:
        wave: (samples,) in -1..1; filled up with silence to one window where it is shorter.
        rate: samples a second.
        bands: how many, from 50 Hz to half the rate.
    """
    size, step = max(2, round(_WINDOW * rate)), max(1, round(_STEP * rate))
    filled = np.pad(wave.astype(np.float64), (0, max(0, size - len(wave))))
    frames = np.lib.stride_tricks.sliding_window_view(filled, size)[::step] * np.hanning(size)
    energy = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    found: NDArray[Any] = np.log(energy @ _triangles(size, rate, bands) + _FLOOR)
    return found


def _triangles(size: int, rate: int, bands: int) -> NDArray[np.float64]:
    """(frequencies, bands) weights."""
    edges = _hertz(np.linspace(mel_of(_LOWEST), mel_of(rate / 2), bands + 2))
    places = np.fft.rfftfreq(size, 1 / rate)[:, None]
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (places - low) / (middle - low), (high - places) / (high - middle)
    weights: NDArray[Any] = np.minimum(rising, falling).clip(0)
    return weights


def mel_of(hertz: Any) -> Any:
    """Pitch in mel, a scale on which even steps are heard as even (Stevens et al. 1937)."""
    return 2595.0 * np.log10(1.0 + np.asarray(hertz) / 700.0)


def _hertz(mel: NDArray[Any]) -> NDArray[Any]:
    found: NDArray[Any] = 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    return found
