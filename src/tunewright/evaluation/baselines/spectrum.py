"""How loud each pitch is over a sound, under a linear model: what is told without hearing its course."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from tunewright.evaluation.baselines.attempt import Attempt, lesson, unteachable
from tunewright.evaluation.baselines.baseline import Baseline
from tunewright.evaluation.baselines.linear import Grid, answered
from tunewright.evaluation.baselines.scikit import scikit_learn
from tunewright.evaluation.subject import Split, Subject
from tunewright.inputs.sounds import SoundReader
from tunewright.inputs.spectrum import log_mel

__all__ = ["Spectrum"]

_GRID = Grid(inverse=(1e-4, 1e-3, 1e-2, 1e-1, 1.0), penalty=(1e5, 1e4, 1e3, 1e2, 1e1, 1.0))


def _features(split: Split) -> NDArray[np.float32]:
    """(rows, 161): of 40 bands mean, spread, mean change and largest change of loudness; and the length."""
    media = split.encoded.media
    assert media is not None and isinstance(media.reader, SoundReader)
    found = []
    for row in range(len(split)):
        wave = media.reader.wave(media.values(row))
        mel = log_mel(wave, media.reader.rate)
        change = np.abs(np.diff(mel, axis=0)) if len(mel) > 1 else np.zeros_like(mel)
        seconds = [len(wave) / media.reader.rate]
        found.append(np.concatenate([mel.mean(0), mel.std(0), change.mean(0), change.max(0), seconds]))
    return np.stack(found).astype(np.float32)


class Spectrum(Baseline):
    """Mean, spread and change of the loudness in 40 bands of pitch, under a linear model."""

    title: ClassVar[str] = "the loudness of bands with a linear model"
    reads: ClassVar[tuple[str, ...]] = ("audio",)

    kind: Literal["spectrum"] = "spectrum"
    """Which baseline this is."""

    def answer(self, subject: Subject, measured: Split) -> Attempt:
        taught = lesson(subject)
        if reason := unteachable(subject, taught):
            return Attempt(None, (reason,))
        made = [_features(split) for split in (taught.rows, taught.choice, measured)]
        scaler = scikit_learn("preprocessing").StandardScaler().fit(made[0])
        rows, choice, asked = (scaler.transform(part) for part in made)
        scores, strength = answered(subject, taught, _GRID, (rows, choice, asked))
        return Attempt(scores, (*taught.notes, f"{rows.shape[1]:,} features of loudness; {strength}"))
