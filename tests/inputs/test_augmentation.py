"""What is changed by chance, and what must not be."""

from __future__ import annotations

import numpy as np

from tunewright.inputs.augmentation import altered_picture, cut_sound, draws_of, roughened_sound
from tunewright.inputs.spectrum import mel_of

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 12, 10), dtype=np.uint8)
SOUND = np.random.default_rng(1).integers(-9_000, 9_000, 8_001, dtype=np.int16)
"""Loud in every pitch and at every time."""


def test_nothing_asked_for_changes_nothing() -> None:
    """Danger: crop: 1, flip: false, and a picture that is smoothed all the same."""
    for row in range(5):
        same = altered_picture(PIXELS, draws_of(0, 0, row), crop=1.0, flip=False, colour=0.0)
        assert np.array_equal(same, PIXELS) and same.dtype == np.uint8
    wave = np.arange(100, dtype=np.int16)
    assert np.array_equal(cut_sound(wave, draws_of(0, 0, 1), most=100, crop=1.0, gain=0.0), wave)
    same_sound = roughened_sound(SOUND, draws_of(0, 0, 1), rate=8_000, noise=0.0, time=0.0, pitch=0.0)
    assert np.array_equal(same_sound, SOUND)


def test_what_is_drawn_follows_from_seed_step_and_row() -> None:
    """Danger: a draw that depends on the order of rows, which another budget or a resume changes."""
    made = {
        key: altered_picture(PIXELS, draws_of(*key), crop=0.5, flip=True, colour=0.3).tobytes()
        for key in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))
    }
    assert len(set(made.values())) == 4
    again = altered_picture(PIXELS, draws_of(0, 1, 0), crop=0.5, flip=True, colour=0.3)
    assert again.tobytes() == made[0, 1, 0]


def test_half_are_mirrored_and_all_keep_their_size() -> None:
    """Danger: a flip that is never, or always, drawn."""
    made = [altered_picture(PIXELS, draws_of(0, 0, row), crop=1.0, flip=True, colour=0.0) for row in range(60)]
    mirrored = sum(np.array_equal(one, PIXELS[:, :, ::-1]) for one in made)
    assert 15 < mirrored < 45
    assert mirrored + sum(np.array_equal(one, PIXELS) for one in made) == 60
    tinted = altered_picture(PIXELS, draws_of(0, 0, 1), crop=0.3, flip=False, colour=0.9)
    assert tinted.shape == PIXELS.shape


def test_a_long_sound_is_heard_from_anywhere() -> None:
    """Danger: the same beginning in every epoch, so that nothing else of a long sound is ever learned."""
    wave = np.arange(1_000, dtype=np.int16)
    starts = [int(cut_sound(wave, draws_of(0, step, 0), most=100, crop=1.0, gain=0.0)[0]) for step in range(30)]
    assert len(set(starts)) > 20 and max(starts) > 600
    cut = [cut_sound(wave, draws_of(0, step, 0), most=5_000, crop=0.5, gain=20.0) for step in range(30)]
    assert min(map(len, cut)) >= 500 and max(map(len, cut)) <= 1_000


def test_silenced_spans_are_two_and_as_wide_as_asked() -> None:
    """Danger: spans wider than the recipe says, so that words disappear whole; or always in the same place."""
    shares, starts = [], set()
    for step in range(60):
        made = roughened_sound(SOUND, draws_of(0, step, 0), rate=8_000, noise=0.0, time=0.2, pitch=0.0)
        silent = (made == 0) & (SOUND != 0)
        assert np.array_equal(made[~silent], SOUND[~silent])
        edges = np.flatnonzero(np.diff(np.convolve(made == 0, np.ones(9), "same") >= 9))
        assert len(edges) <= 4
        shares.append(silent.mean())
        starts.add(int(silent.argmax()))
    assert max(shares) <= 0.4 and max(shares) > 0.25 and 0.1 < np.mean(shares) < 0.25
    assert len(starts) > 50


def test_pitches_are_taken_out_and_the_others_stay() -> None:
    """Danger: a span of pitch in hertz instead of mel, or a mask that changes what lies beside it."""
    mels = mel_of(np.fft.rfftfreq(len(SOUND), 1 / 8_000))
    before = np.abs(np.fft.rfft(SOUND.astype(np.float64)))
    widths = []
    for step in range(40):
        made = roughened_sound(SOUND, draws_of(0, step, 0), rate=8_000, noise=0.0, time=0.0, pitch=0.3)
        after = np.abs(np.fft.rfft(made.astype(np.float64)))
        gone = after < 0.01 * np.median(before)
        gone &= before > 0.05 * np.median(before)
        assert np.allclose(after[~gone], before[~gone], atol=0.05 * np.median(before))
        gaps = np.diff(mels, prepend=0.0) * gone
        widths.append(gaps.sum() / mels[-1])
    assert max(widths) <= 0.6 and max(widths) > 0.35 and 0.15 < np.mean(widths) < 0.4


def test_noise_is_as_loud_as_asked_beside_the_sound() -> None:
    """Danger: noise of one loudness for all, which a quiet recording drowns in and a loud one does not feel."""
    for sound in (SOUND, SOUND // 30):
        added = [
            roughened_sound(sound, draws_of(0, step, 0), rate=8_000, noise=0.5, time=0.0, pitch=0.0) - sound.astype(int)
            for step in range(60)
        ]
        shares = [float(np.std(one) / np.std(sound)) for one in added]
        assert max(shares) < 0.52 and min(shares) < 0.1 and 0.15 < np.mean(shares) < 0.35
    again = roughened_sound(SOUND, draws_of(0, 3, 0), rate=8_000, noise=0.5, time=0.2, pitch=0.2)
    assert np.array_equal(again, roughened_sound(SOUND, draws_of(0, 3, 0), rate=8_000, noise=0.5, time=0.2, pitch=0.2))


def test_a_sound_of_one_sample_or_of_silence_goes_through() -> None:
    """Danger: a division by no loudness, or spans in a sound that has no room for them."""
    for sound in (np.array([70], dtype=np.int16), np.zeros(50, dtype=np.int16)):
        made = roughened_sound(sound, draws_of(0, 0, 0), rate=8_000, noise=1.0, time=0.9, pitch=0.9)
        assert made.shape == sound.shape and made.dtype == np.int16
    loud = np.full(400, 32_767, dtype=np.int16)
    assert roughened_sound(loud, draws_of(0, 0, 0), rate=8_000, noise=1.0, time=0.0, pitch=0.0).min() > -32_768
