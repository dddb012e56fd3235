"""One model on one split: its metrics with their intervals, and what it is worth against another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunewright import records
from tunewright.evaluation.finite import refuse_non_finite
from tunewright.evaluation.subject import Split, Subject
from tunewright.metrics import bootstrap
from tunewright.tasks import Task
from tunewright.tasks.task import Answers

__all__ = ["Draws", "Measured", "interval_around", "tuned_answers"]

MOST_SUMS = 2 * 10**10
"""Draws times rows times labels: about twenty seconds of sums on one core."""
FEWEST_DRAWS = 100
_NOT_FINITE = (
    "Evaluate in fp32 with training.precision=fp32; if that is no better, the weights are damaged: train again with a "
    "lower learning rate."
)


@dataclass(frozen=True)
class Draws:
    """Which bootstrap draws a split is measured with: the same for every model, so that differences are paired."""

    count: int
    seed: int

    @classmethod
    def affordable(cls, wanted: int, split: Split, outputs: int, seed: int) -> Draws:
        """As many as wanted, or fewer (100 at least) where rows and labels are so many that they would take minutes."""
        affordable = MOST_SUMS // max(1, len(split) * outputs)
        return cls(min(wanted, max(FEWEST_DRAWS, affordable)), seed)


@dataclass(frozen=True, eq=False)
class Measured:
    """All metrics of one model on one split.

    Attributes:
        values: the metrics on the rows as they are.
        drawn: (draws,) the metrics on each bootstrap draw of the rows.
    """

    model: str
    split: str
    rows: int
    task: Task
    values: dict[str, float]
    drawn: dict[str, NDArray[np.float64]]

    @classmethod
    def of(cls, model: str, split: Split, answers: Answers, task: Task, draws: Draws) -> Measured:
        """Measure a model's answers against the split's truth."""
        rows = len(split)
        plain = task.metric_values(split.truth, answers, np.ones((1, rows)))
        drawn = bootstrap.resampled(
            lambda weights: task.metric_values(split.truth, answers, weights), rows, draws.count, draws.seed
        )
        return cls(model, split.name, rows, task, {name: float(value[0]) for name, value in plain.items()}, drawn)

    @property
    def undefined(self) -> tuple[str, ...]:
        """Metrics that these rows and scores cannot give."""
        return tuple(name for name, value in self.values.items() if not np.isfinite(value))

    def metrics(self) -> tuple[records.Metric, ...]:
        """The metrics as records, in the task's order."""
        found = []
        for name, info in self.task.metric_info.items():
            low, high = interval_around(self.values[name], self.drawn[name])
            found.append(
                records.Metric(
                    name=name,
                    value=self.values[name],
                    low=low,
                    high=high,
                    n=self.rows,
                    split=self.split,
                    model=self.model,
                    higher_is_better=info.higher_is_better,
                    unit=info.unit,
                )
            )
        return tuple(found)

    def against(self, other: Measured, metric: str) -> records.Comparison:
        """This model minus another on the same draws, positive where this one is better."""
        better = self.task.metric_info[metric].higher_is_better
        plain = bootstrap.difference(
            np.array([self.values[metric]]), np.array([other.values[metric]]), higher_is_better=better
        )
        drawn = bootstrap.difference(self.drawn[metric], other.drawn[metric], higher_is_better=better)
        low, high = interval_around(float(plain[0]), drawn)
        return records.Comparison(baseline=other.model, metric=metric, difference=float(plain[0]), low=low, high=high)


def interval_around(value: float, drawn: NDArray[Any]) -> tuple[float, float]:
    """The percentile interval, widened where it misses the value itself; the value twice where there is none.

    Draws repeat rows, so a calibration error of a draw is larger than that of the rows: its interval leans upward, and
    can lie above the value.
    """
    low, high = bootstrap.interval(drawn)
    if not np.isfinite([value, low, high]).all():
        return value, value
    return min(low, value), max(high, value)


def tuned_answers(subject: Subject, split: Split) -> Answers:
    """The tuned model's answers, in the split's order.

    Raises:
        NonFiniteError: the model puts out NaN or infinity, of which any class could be called the highest.
    """
    if subject.task.generates:
        return subject.answers(split.encoded)
    outputs = subject.outputs(split.encoded)
    refuse_non_finite(outputs, split, subject.task, "nothing can be measured", _NOT_FINITE)
    return subject.task.answers(outputs, split.encoded, subject.space)
