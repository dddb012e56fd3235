"""What a metric's name stands for."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MetricInfo"]


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """Which way is better, in what unit, and the metric in one line.

    Attributes:
        higher_is_better: False for errors and losses.
        unit: `share` (0 to 1, a worse-than-mean r2 below), `correlation` (-1 to 1), `nats`, or `target`: the unit of
            the target column.
        doc: one line for help and report.
    """

    higher_is_better: bool
    unit: str
    doc: str
