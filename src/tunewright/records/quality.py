"""Measured quality: values with their intervals, the confusion matrix, the rows that are most wrong."""

from __future__ import annotations

from pydantic import Field

from tunewright.records.record import Record

__all__ = ["ClassQuality", "Comparison", "Confusion", "Metric", "Mistake", "Quality"]


class Metric(Record):
    """One number about one model on one split.

    `low` and `high` bound the 95% bootstrap interval over rows; both equal the value where no interval can be made.
    """

    name: str
    """accuracy, f1_macro, f1_weighted, precision_macro, recall_macro, mcc, roc_auc, ece, loss; mae, rmse, r2,
    pearson, spearman."""
    value: float
    low: float
    high: float
    n: int
    """Rows measured on."""
    split: str
    model: str
    """tuned, majority, tfidf, probe, ..."""
    higher_is_better: bool = True
    unit: str = "share"
    """`share` for 0..1 figures, else the target's own unit."""


class ClassQuality(Record):
    """Precision, recall and F1 of one label, tuned model."""

    label: str
    precision: float
    recall: float
    f1: float
    low: float
    """Bootstrap interval of F1."""
    high: float
    support: int


class Confusion(Record):
    """Rows by true label (first index) and predicted label (second)."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


class Mistake(Record):
    """A row the tuned model gets wrong, the most confident or the farthest first. Holds the user's text."""

    file: str
    line: int
    text: str
    """The input, cut to 500 characters."""
    truth: str
    predicted: str
    score: float
    """Probability of the predicted label, or the absolute error."""
    picture: str = ""
    """A small PNG as a data URI, of rows that are no text: the picture itself, or a sound's spectrogram."""


class Comparison(Record):
    """Tuned model against one baseline on the same rows: the difference and its paired bootstrap interval."""

    baseline: str
    metric: str
    difference: float
    """tuned minus baseline, in the metric's unit, with its sign turned for errors so that positive is better."""
    low: float
    high: float


class Quality(Record):
    """evaluation/quality.json."""

    primary: str
    """Name of the metric that the verdict is about."""
    metrics: tuple[Metric, ...]
    comparisons: tuple[Comparison, ...] = ()
    classes: tuple[ClassQuality, ...] = ()
    confusion: Confusion | None = None
    mistakes: tuple[Mistake, ...] = ()
    scatter: tuple[tuple[float, float], ...] = Field(default=())
    """For numeric targets: up to 500 pairs (truth, prediction)."""
    notes: tuple[str, ...] = ()
    """What the reader must know: a baseline left out and why, a metric that is undefined here."""
    learned: int = 0
    """Measured rows whose input also stands in a row that the model learned from."""
    source: str = ""
    """The files that were measured on, where they are not those of the run's recipe."""

    def metric(self, name: str, model: str = "tuned", split: str = "test") -> Metric | None:
        """The one metric of that name, model and split, if it was measured."""
        for metric in self.metrics:
            if (metric.name, metric.model, metric.split) == (name, model, split):
                return metric
        return None
