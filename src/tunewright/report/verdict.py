"""The answer to the one question everybody has: did fine-tuning pay off, and how sure is that?"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from tunewright.records import Comparison, Metric, Quality
from tunewright.report.cautions import cautions
from tunewright.report.evidence import Evidence
from tunewright.report.figures import (
    count,
    counted,
    in_sentence,
    metric_difference,
    metric_interval,
    metric_title,
    metric_value,
    model_title,
)

__all__ = ["Verdict", "best_baseline", "comparison_with", "primary_metrics", "verdict"]

FEW_ROWS = 100
"""Below this a 95% interval of a share is about 20 points wide: worth a warning in words."""

_BASELINES = frozenset({"majority", "tfidf", "pixels", "spectrum", "probe"})
_LEARNED = 0.1
"""Share of learned rows among the measured ones from which no verdict is given."""
_SPLITS = {
    "test": "rows that the model never saw",
    "validation": "validation rows, which also chose the best step, so the figures flatter the model a little",
    "train": "rows that the model learned from, so the figures say nothing about new rows",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Plain text, to be escaped by whoever shows it."""

    tone: Literal["good", "unsure", "bad", "none"]
    headline: str
    """A few words."""
    sentence: str
    """The figures behind it; may be empty."""
    sureness: str
    """On how many rows and which, and what that means; may be empty."""
    cautions: tuple[str, ...] = ()
    """What may keep the figures from being what they could be, one paragraph each."""

    @property
    def text(self) -> str:
        """All of it in one paragraph."""
        return " ".join(filter(None, (self.headline, self.sentence, self.sureness, *self.cautions)))


def primary_metrics(quality: Quality, split: str) -> tuple[Metric, ...]:
    """The primary metric of every model on one split: tuned first, then the best baseline downwards."""
    found = [m for m in quality.metrics if m.name == quality.primary and m.split == split and math.isfinite(m.value)]
    return tuple(sorted(found, key=lambda m: (m.model != "tuned", -m.value if m.higher_is_better else m.value)))


def best_baseline(quality: Quality, split: str) -> Metric | None:
    """The strongest baseline by the primary metric; None when none was measured."""
    names = _BASELINES | {comparison.baseline for comparison in quality.comparisons}
    baselines = [m for m in primary_metrics(quality, split) if m.model in names and m.model != "tuned"]
    return baselines[0] if baselines else None


def comparison_with(quality: Quality, baseline: str) -> Comparison | None:
    """The paired comparison of the primary metric with one baseline."""
    for comparison in quality.comparisons:
        if (comparison.baseline, comparison.metric) == (baseline, quality.primary):
            return comparison if math.isfinite(comparison.difference) else None
    return None


def verdict(evidence: Evidence) -> Verdict:
    """Judge a run by its records, in words that claim no more than they show."""
    return replace(_judged(evidence), cautions=cautions(evidence))


def _judged(evidence: Evidence) -> Verdict:
    quality, split = evidence.quality, evidence.split
    tuned = quality.metric(quality.primary, "tuned", split) if quality else None
    if quality is None or tuned is None:
        return _unmeasured(evidence)
    if not math.isfinite(tuned.value):
        title = metric_title(tuned.name)
        return Verdict(
            "none", f"No verdict: {in_sentence(title)} is not defined here.", "", _sureness(tuned, split, quality)
        )
    name, unit = tuned.name, tuned.unit
    value = f"{metric_title(name)} {metric_value(name, tuned.value, unit)} on {_rows(tuned.n)}"
    baseline = best_baseline(quality, split)
    if baseline is None:
        interval = metric_interval(name, tuned.low, tuned.high, unit)
        sentence = f"{value}{f' (95% interval {interval})' if interval else ''}."
        return Verdict("none", "Measured, but compared with nothing.", sentence, _sureness(tuned, split, quality))
    title = in_sentence(model_title(baseline.model))
    against = f"against {metric_value(name, baseline.value, unit)} for the best baseline ({title})"
    comparison = comparison_with(quality, baseline.model)
    tone, headline, difference = _compared(tuned, baseline, comparison)
    if quality.learned > _LEARNED * tuned.n:
        return Verdict(
            "none",
            "No verdict: the model has learned rows that it was measured on.",
            f"{value}, {against}: {difference}",
            _sureness(tuned, split, quality),
        )
    return Verdict(tone, headline, f"{value}, {against}: {difference}", _sureness(tuned, split, quality))


def _unmeasured(evidence: Evidence) -> Verdict:
    training = evidence.provenance.training if evidence.provenance else None
    if training is None:
        return Verdict("none", "Training has not finished.", "There is no model to judge yet.", "")
    return Verdict("none", "Trained, but not measured yet.", "Measure it with: tunewright evaluate RUN", "")


def _compared(
    tuned: Metric, baseline: Metric, comparison: Comparison | None
) -> tuple[Literal["good", "unsure", "bad"], str, str]:
    """Tone, headline and the end of the sentence."""
    name, unit = tuned.name, tuned.unit
    sign = 1 if tuned.higher_is_better else -1
    difference = comparison.difference if comparison else sign * (tuned.value - baseline.value)
    words = "better" if difference > 0 else "worse"
    by = metric_difference(name, abs(difference), unit)
    if comparison is None or not comparison.low < comparison.high:
        headline = "Measured, but not known to be better." if difference > 0 else "Not better than the best baseline."
        text = "no difference" if difference == 0 else f"{words} by {by}"
        return "unsure", headline, f"{text}. No paired interval could be made, so chance is not ruled out."
    low, high = comparison.low, comparison.high
    if low > 0:
        interval = f"{metric_difference(name, low, unit, False)} to {metric_difference(name, high, unit, False)}"
        return "good", "Better than the best baseline.", f"better by {by} (95% interval {interval})."
    if high < 0:
        interval = f"{metric_difference(name, -high, unit, False)} to {metric_difference(name, -low, unit, False)}"
        advice = "As it stands, the baseline is the better choice."
        return "bad", "Worse than the best baseline.", f"worse by {by} (95% interval {interval}). {advice}"
    interval = f"{metric_difference(name, low, unit, False)} to {metric_difference(name, high, unit, False)}"
    text = (
        f"a difference of {metric_difference(name, difference, unit)}, whose 95% interval, {interval}, includes zero."
    )
    return "unsure", "Not shown to be better than the best baseline.", f"{text}{_rows_needed(tuned.n, comparison)}"


def _rows_needed(rows: int, comparison: Comparison) -> str:
    """How many rows would tell such a difference from zero: an interval narrows with the root of their number."""
    difference = comparison.difference
    if difference <= 0:
        return ""
    needed = rows * ((comparison.high - comparison.low) / 2 / difference) ** 2
    if not rows < needed < 1_000_000:
        return ""
    digits = max(0, len(str(round(needed))) - 2)
    return f" To tell a difference of this size from chance would take about {count(round(needed, -digits))} rows."


def _sureness(tuned: Metric, split: str, quality: Quality) -> str:
    rows = _SPLITS.get(split, f"the split {split}")
    if quality.learned and split != "train":
        rows = (
            f"{_rows(tuned.n)}, {count(quality.learned)} of which stand among those that the model learned from, so "
            "the figures are better than the model is"
        )
    text = f"Measured on {rows}{f', of {quality.source}' if quality.source else ''}."
    few = f" {_rows(tuned.n).capitalize()} are few: take the figures as a hint." if tuned.n < FEW_ROWS else ""
    return text + few


def _rows(number: int) -> str:
    return counted(number, "row")
