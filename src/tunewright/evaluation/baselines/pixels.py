"""Colours and a coarse copy of the picture under a linear model: what is told without looking at shapes."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from tunewright.evaluation.baselines.attempt import Attempt, lesson, unteachable
from tunewright.evaluation.baselines.baseline import Baseline
from tunewright.evaluation.baselines.linear import Grid, answered
from tunewright.evaluation.baselines.scikit import scikit_learn
from tunewright.evaluation.subject import Split, Subject

__all__ = ["Pixels"]

_GRID = Grid(inverse=(1e-4, 1e-3, 1e-2, 1e-1, 1.0), penalty=(1e5, 1e4, 1e3, 1e2, 1e1, 1.0))
_SIDE = 8
_LEVELS = 4


def _features(split: Split) -> NDArray[np.float32]:
    """(rows, 256): means of 8 x 8 fields in three colours, and shares of 4 x 4 x 4 colours."""
    media = split.encoded.media
    assert media is not None
    shape: tuple[int, int, int] = media.reader.shape  # type: ignore[attr-defined]
    return np.stack([_described(media.values(row).reshape(shape)) for row in range(len(split))])


def _described(pixels: NDArray[Any]) -> NDArray[np.float32]:
    _, height, width = pixels.shape
    tall, wide = (np.linspace(0, size, min(_SIDE, size) + 1).astype(int)[:-1] for size in (height, width))
    sums = np.add.reduceat(np.add.reduceat(pixels.astype(np.float64), tall, axis=1), wide, axis=2)
    areas = np.diff([*tall, height])[:, None] * np.diff([*wide, width])[None, :]
    levels = (pixels.reshape(3, -1).astype(np.int64) * _LEVELS) // 256
    colours = np.bincount(levels[0] * _LEVELS**2 + levels[1] * _LEVELS + levels[2], minlength=_LEVELS**3)
    return np.concatenate([(sums / areas / 255).ravel(), colours / levels.shape[1]]).astype(np.float32)


class Pixels(Baseline):
    """An 8 x 8 copy of the picture and the shares of its colours, under a linear model."""

    title: ClassVar[str] = "coarse pixels with a linear model"
    reads: ClassVar[tuple[str, ...]] = ("image", "image+text")

    kind: Literal["pixels"] = "pixels"
    """Which baseline this is."""

    def answer(self, subject: Subject, measured: Split) -> Attempt:
        taught = lesson(subject)
        if reason := unteachable(subject, taught):
            return Attempt(None, (reason,))
        made = [_features(split) for split in (taught.rows, taught.choice, measured)]
        scaler = scikit_learn("preprocessing").StandardScaler().fit(made[0])
        rows, choice, asked = (scaler.transform(part) for part in made)
        scores, strength = answered(subject, taught, _GRID, (rows, choice, asked))
        return Attempt(scores, (*taught.notes, f"{rows.shape[1]:,} features of pixels; {strength}"))
