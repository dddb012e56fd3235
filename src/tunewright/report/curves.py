"""The journal as curves, smoothed and thinned so that a hundred thousand steps fit into a small picture."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Curves", "Validation", "curves", "smooth", "thin"]

_COLUMNS = ("loss", "learning_rate", "grad_norm")


@dataclass(frozen=True, slots=True)
class Validation:
    """Metrics on the validation split after a step."""

    step: int
    metrics: Mapping[str, float]
    best: bool


@dataclass(frozen=True)
class Curves:
    """What the journal tells, in the order of the steps. Arrays are float64 (steps,), NaN where a value is missing."""

    steps: np.ndarray = field(default_factory=lambda: np.zeros(0))
    values: Mapping[str, np.ndarray] = field(default_factory=dict)
    """`loss`, `learning_rate`, `grad_norm`."""
    validations: tuple[Validation, ...] = ()
    resumed: tuple[int, ...] = ()
    """Steps that a resumed run went on from."""
    notes: tuple[str, ...] = ()

    @property
    def best_step(self) -> int | None:
        """The last validation that was better than all before it."""
        return next((v.step for v in reversed(self.validations) if v.best), None)

    def validation(self, metric: str) -> tuple[np.ndarray, np.ndarray]:
        """Steps and values of one validation metric, where it was measured."""
        pairs = [(v.step, v.metrics[metric]) for v in self.validations if metric in v.metrics]
        table = np.array(pairs, dtype=float).reshape(-1, 2)
        return table[:, 0], table[:, 1]


def curves(events: Iterable[Mapping[str, Any]]) -> Curves:
    """Read events in order; a step that was done twice, before and after a resume, counts with its last values."""
    steps: dict[int, tuple[float, ...]] = {}
    validations: dict[int, Validation] = {}
    resumed: list[int] = []
    notes: list[str] = []
    for event in events:
        kind, step = event.get("event"), event.get("step")
        if kind == "step" and isinstance(step, int):
            steps[step] = tuple(_number(event.get(name)) for name in _COLUMNS)
        elif kind == "validation" and isinstance(step, int) and isinstance(event.get("metrics"), Mapping):
            metrics = {str(name): _number(value) for name, value in event["metrics"].items()}
            validations[step] = Validation(step, metrics, bool(event.get("best")))
        elif kind == "resume" and isinstance(step, int):
            resumed.append(step)
        elif kind == "note":
            notes.append(str(event.get("text", "")))
    order = sorted(steps)
    table = np.array([steps[step] for step in order], dtype=float).reshape(-1, len(_COLUMNS))
    return Curves(
        steps=np.array(order, dtype=float),
        values={name: table[:, column] for column, name in enumerate(_COLUMNS)},
        validations=tuple(validations[step] for step in sorted(validations)),
        resumed=tuple(resumed),
        notes=tuple(notes),
    )


def smooth(values: np.ndarray) -> np.ndarray:
    """Exponential moving average over about a 25th of the curve, without the usual pull towards zero at its start.

    NaN and infinite values are passed over.
    """
    span = max(5.0, len(values) / 25)
    keep = 1 - 2 / (span + 1)
    total = weight = 0.0
    out = np.full(len(values), np.nan)
    for index, value in enumerate(values.tolist()):
        if math.isfinite(value):
            total = keep * total + (1 - keep) * value
            weight = keep * weight + (1 - keep)
        if weight:
            out[index] = total / weight
    return out


def thin(x: np.ndarray, y: np.ndarray, points: int) -> tuple[np.ndarray, np.ndarray]:
    """At most about `points` points: the lowest and the highest of every stretch, so that no spike is lost."""
    finite = np.isfinite(y)
    x, y = x[finite], y[finite]
    if len(x) <= points:
        return x, y
    chosen: set[int] = {0, len(x) - 1}
    for stretch in np.array_split(np.arange(len(x)), max(1, points // 2)):
        chosen.update((int(stretch[np.argmin(y[stretch])]), int(stretch[np.argmax(y[stretch])])))
    order = np.array(sorted(chosen))
    return x[order], y[order]


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else float("nan")
