"""Sounds of every form, at any rate."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from PIL import Image
from tiny_media import RATE, sound_config, sound_extractor
from transformers import AutoModel

from tunewright.errors import MissingExtraError, RecipeError
from tunewright.inputs import sounds
from tunewright.inputs.contents import Unreadable
from tunewright.inputs.sounds import Frames, SoundReader, heard


def written(wave: np.ndarray, rate: int = RATE, form: str = "WAV", **options: Any) -> bytes:
    stream = io.BytesIO()
    soundfile.write(stream, wave, rate, format=form, **options)
    return stream.getvalue()


def tone(seconds: float, rate: int = RATE, hertz: float = 300) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def reader(family: str = "wav2vec2", seconds: float = 0.5) -> SoundReader:
    return SoundReader.of(sound_extractor(family), sound_config(family), seconds)


@pytest.mark.parametrize("form", ["WAV", "FLAC", "OGG"])
def test_channels_are_averaged_and_the_rate_is_the_models(form: str) -> None:
    """Danger: a recording of 8 kHz read as one of 4 kHz sounds an octave deeper, and a stereo file twice as long."""
    wave = tone(0.4, 8_000)
    raw = written(np.stack([wave, np.zeros_like(wave)], axis=1), 8_000, form)
    values = reader().values(raw)
    assert abs(len(values) - 0.4 * RATE) <= 1
    spectrum = np.abs(np.fft.rfft(values.astype(float)))
    assert np.fft.rfftfreq(len(values), 1 / RATE)[spectrum.argmax()] == pytest.approx(300, abs=5)
    assert np.abs(values[50:-50]).max() == pytest.approx(0.25 * 32_767, rel=0.05)


def test_damage_is_told() -> None:
    """Danger: libsndfile reads what is left of a file that was cut short, and says nothing."""
    whole = written(tone(0.3))
    broken = {
        "broken_media": [whole[:-400], b"no sound", whole[:20]],
        "empty_sound": [written(np.zeros(0, dtype=np.float32))],
    }
    for code, raws in broken.items():
        for raw in raws:
            with pytest.raises(Unreadable) as caught:
                heard(raw)
            assert caught.value.code == code
    with pytest.raises(Unreadable, match="no numbers"):
        heard(written(np.full(50, np.nan, dtype=np.float32), subtype="FLOAT"))


def test_a_row_has_the_same_input_alone_and_in_a_batch() -> None:
    """Danger: padding without a mask, through a norm over time: a row's answer would depend on its neighbours."""
    rows = [(tone(seconds) * 32_767).astype(np.int16) for seconds in (0.2, 0.5, 0.9)]
    for family in ("wav2vec2", "wav2vec2-group", "audio-spectrogram-transformer", "whisper"):
        tool = reader(family)
        together, alone = tool.batch(rows), tool.batch(rows[:1])
        name = next(iter(alone))
        size = alone[name].shape[1]
        assert torch.allclose(together[name][0, :size], alone[name][0], atol=1e-6), family
        assert ("attention_mask" in together) == (family == "wav2vec2")
        assert "attention_mask" not in alone
    assert reader().batch(rows)["input_values"].shape[1] == 0.5 * RATE


def test_lengths_are_those_of_the_model() -> None:
    """Danger: a step plan that counts seconds while the model computes frames."""
    tool = reader()
    frames = [tool.shape.count(samples) for samples in (2_000, 1_000, 3)]
    assert frames == [31, 15, 1] and tool.longest == 31
    assert reader("whisper").longest == 50
    assert reader("audio-spectrogram-transformer").longest == 26
    assert Frames.of(object(), object()).count(16_000) == 50


def test_more_than_the_model_hears_is_refused() -> None:
    """Danger: max_seconds: 30 for a model that hears ten, and twenty seconds lost without a word."""
    with pytest.raises(RecipeError, match=r"hears 0\.5 seconds"):
        reader("audio-spectrogram-transformer", 2.0)


def test_the_thumbnail_is_a_picture_of_the_sound() -> None:
    """Danger: an upside-down spectrogram: a low tone must be dark at the bottom."""
    shown = np.asarray(Image.open(io.BytesIO(reader().thumbnail((tone(0.5, hertz=150) * 32_767).astype(np.int16)))))
    assert shown.shape[0] == 96
    assert shown[-30:].mean() < shown[:30].mean()


def test_without_soundfile_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: a ModuleNotFoundError in the middle of an audit."""
    sounds._soundfile.cache_clear()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"tunewright\[audio\]"):
        reader()
    sounds._soundfile.cache_clear()


@pytest.mark.parametrize("family", ["wav2vec2", "hubert", "whisper", "audio-spectrogram-transformer"])
def test_a_sound_too_short_for_one_frame_is_filled_up(family: str) -> None:
    """Danger: one click of a millisecond, alone in its micro-batch, ends a training in the middle of a convolution."""
    made = reader(family)
    least = made.shape.least(made.rate)
    assert made.shape.fixed is not None or made.shape.count(least) == 1
    for samples in (1, 3, least):
        wave = made.wave(np.full(samples, 1000, dtype=np.int16))
        assert len(wave) == least and np.count_nonzero(wave) == samples
    model = AutoModel.from_config(sound_config(family)).eval()
    asked = model.get_encoder() if family == "whisper" else model
    with torch.inference_mode():
        assert asked(**made.batch([np.full(1, 1000, dtype=np.int16)]))[0].isfinite().all()


def test_a_limit_below_one_frame_is_refused() -> None:
    """Danger: check passes, and the first step of the training dies."""
    with pytest.raises(RecipeError) as caught:
        reader(seconds=0.001)
    assert "makes nothing of less than" in str(caught.value) and "max_seconds" in str(caught.value)


def test_what_the_library_says_names_no_object() -> None:
    """Danger: a user reads an address in memory."""
    with pytest.raises(Unreadable) as caught:
        heard(b"no sound at all")
    assert "object at" not in caught.value.note and "Format not recognised" in caught.value.note
