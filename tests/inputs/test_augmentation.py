"""What is changed by chance, and what must not be."""

from __future__ import annotations

import numpy as np

from tunewright.inputs.augmentation import altered_picture, cut_sound, draws_of

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 12, 10), dtype=np.uint8)


def test_nothing_asked_for_changes_nothing() -> None:
    """Danger: crop: 1, flip: false, and a picture that is smoothed all the same."""
    for row in range(5):
        same = altered_picture(PIXELS, draws_of(0, 0, row), crop=1.0, flip=False, colour=0.0)
        assert np.array_equal(same, PIXELS) and same.dtype == np.uint8
    wave = np.arange(100, dtype=np.int16)
    assert np.array_equal(cut_sound(wave, draws_of(0, 0, 1), most=100, crop=1.0, gain=0.0), wave)


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
