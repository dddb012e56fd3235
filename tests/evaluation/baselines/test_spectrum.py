"""The loudness of bands under a linear model."""

from __future__ import annotations

from tiny_media import media_subject

from tunewright.evaluation.baselines.probe import probe
from tunewright.evaluation.baselines.spectrum import Spectrum


def test_pitches_are_told() -> None:
    """Danger: a baseline that fails where the answer is one pitch makes any model look good."""
    subject = media_subject("wav2vec2")
    found = Spectrum().answer(subject, subject.measured)
    assert (found.answers.argmax(axis=1) == subject.measured.truth).mean() > 0.9
    assert "161 features of loudness" in found.notes[-1]


def test_the_frozen_model_is_read_frame_by_frame() -> None:
    """Danger: a mask over samples laid over frames, or a map of pixels averaged along the wrong side."""
    for family in ("wav2vec2", "convnext"):
        subject = media_subject(family)
        found = probe(subject, subject.measured)
        assert found.answers.shape == (len(subject.measured), 3)
        assert "32 frozen features" in found.notes[-1]
