"""Log-mel spectrograms."""

from __future__ import annotations

import numpy as np

from tunewright.inputs.spectrum import BANDS, log_mel


def test_a_tone_is_loud_in_its_own_band() -> None:
    """Danger: bands in the wrong order, or off by the rate, so that a picture of a sound lies."""
    time = np.arange(8_000) / 8_000
    loudest = [
        int(log_mel(np.sin(2 * np.pi * hertz * time).astype(np.float32), 8_000).mean(0).argmax())
        for hertz in (200, 800, 3_000)
    ]
    assert loudest == sorted(loudest) and len(set(loudest)) == 3


def test_a_short_sound_is_one_window() -> None:
    """Danger: a click that is shorter than a window, and a division by no windows."""
    assert log_mel(np.ones(3, dtype=np.float32), 8_000).shape == (1, BANDS)
    assert np.isfinite(log_mel(np.zeros(900, dtype=np.float32), 8_000)).all()
