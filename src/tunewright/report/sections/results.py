"""Quality in figures: the tuned model beside its baselines, every value with its interval."""

from __future__ import annotations

import math
from collections.abc import Callable

from tunewright.records import Metric, Quality
from tunewright.report.block import Column, Section, figure, grid, note, table
from tunewright.report.charts.axis import span
from tunewright.report.charts.forest import Interval, forest, strip
from tunewright.report.evidence import Evidence
from tunewright.report.figures import (
    count,
    in_sentence,
    is_percent,
    metric_axis,
    metric_difference,
    metric_interval,
    metric_title,
    metric_value,
    model_title,
    signed,
)
from tunewright.report.html import Html, given, join, tag
from tunewright.report.verdict import comparison_with, primary_metrics
from tunewright.report.wording import glossary

__all__ = ["results"]


def results(evidence: Evidence) -> Section:
    """Pictures of the primary metric, then every metric in a table."""
    quality, split = evidence.quality, evidence.split
    if quality is None or not split:
        body = tag("p", "Quality has not been measured. Measure it with: ", tag("code", "tunewright evaluate RUN"))
        return Section("results", "Results", body)
    pictures = [_values(quality, split), _differences(quality, split)]
    words = glossary([m.model for m in primary_metrics(quality, split)])
    remarks = [
        note(words) if words else None,
        _on_validation(quality, split),
        *(note(given(text, 400)) for text in quality.notes[:20]),
    ]
    return Section("results", "Results", join([grid(*filter(None, pictures)), _table(quality, split), remarks]))


def _values(quality: Quality, split: str) -> Html | None:
    metrics = primary_metrics(quality, split)
    if not metrics:
        return None
    name, unit = metrics[0].name, metrics[0].unit
    intervals = [
        Interval(model_title(m.model), m.value, m.low, m.high, metric_value(name, m.value, unit), m.model == "tuned")
        for m in metrics
    ]
    title = metric_title(name)
    told = "; ".join(f"{i.title} {i.text}" for i in intervals)
    better = "higher" if metrics[0].higher_is_better else "lower"
    picture = forest(
        intervals,
        f"{title} with 95% intervals. {told}.",
        metric_axis(name, unit),
        tick=_tick(name, unit),
        within=(0.0, 1.0) if is_percent(name, unit) else (-math.inf, math.inf),
    )
    rows = count(metrics[0].n)
    return figure(picture, f"{title} on {rows} {split} rows; {better} is better. Lines are 95% bootstrap intervals.")


def _differences(quality: Quality, split: str) -> Html | None:
    metrics = [m for m in primary_metrics(quality, split) if m.model != "tuned"]
    pairs = [(m, comparison_with(quality, m.model)) for m in _worth_a_picture(metrics)]
    intervals = [
        Interval(
            f"over: {in_sentence(model_title(m.model))}",
            c.difference,
            c.low,
            c.high,
            signed(metric_difference(m.name, c.difference, m.unit)),
            strong=c.low > 0,
        )
        for m, c in pairs
        if c is not None
    ]
    if not intervals:
        return None
    name, unit = metrics[0].name, metrics[0].unit
    percent = is_percent(name, unit)
    told = "; ".join(f"{i.title} {i.text}" for i in intervals)
    picture = forest(
        intervals,
        f"Tuned model minus baselines, with paired 95% intervals. {told}.",
        _difference_axis(metrics[0]),
        zero=True,
        tick=(lambda value: signed(f"{100 * value:.0f}".replace("-", "−"))) if percent else None,
    )
    text = "How much better the tuned model is on the same rows. A line that crosses zero may be chance."
    return figure(picture, text)


def _difference_axis(metric: Metric) -> str:
    if is_percent(metric.name, metric.unit):
        return "points better" if metric.higher_is_better else "points lower, so better"
    return f"{metric_axis(metric.name, metric.unit)}: how much {'higher' if metric.higher_is_better else 'lower'}"


def _worth_a_picture(baselines: list[Metric]) -> list[Metric]:
    """Without those that learn nothing, where others were measured: they would press the real contest into a corner."""
    learning = [m for m in baselines if m.model != "majority"]
    return learning or baselines


def _table(quality: Quality, split: str) -> Html:
    on_split = [m for m in quality.metrics if m.split == split]
    models = list(dict.fromkeys([m.model for m in primary_metrics(quality, split)] + [m.model for m in on_split]))
    names = list(dict.fromkeys([quality.primary] + [m.name for m in on_split]))
    by_place = {(m.name, m.model): m for m in on_split}
    rows = []
    for name in names:
        metrics = [by_place.get((name, model)) for model in models]
        found = [m for m in metrics if m is not None]
        if not found:
            continue
        lower = tag("small", "lower is better") if not found[0].higher_is_better else None
        title = tag("b" if name == quality.primary else "span", metric_title(name))
        rows.append([join([title, lower]), *(_cell(m) for m in metrics), _strip(found)])
    columns = [Column("Metric"), *(Column(model_title(model), figures=True) for model in models), Column("Intervals")]
    caption = (
        f"Metrics on the {split} split, 95% intervals under the values. In the last column the blue line is the tuned "
        "model; percentages run from 0 to 100%, other metrics over their own range."
    )
    return table(caption, columns, rows)


def _on_validation(quality: Quality, split: str) -> Html | None:
    """Far above the test it means that the choice of the best step was luck, or that the splits differ."""
    metric = quality.metric(quality.primary, "tuned", "validation")
    if metric is None or split == "validation":
        return None
    value = metric_value(metric.name, metric.value, metric.unit)
    title = in_sentence(metric_title(metric.name))
    return note(f"On the {count(metric.n)} validation rows that chose the best step, {title} is {value}.")


def _cell(metric: Metric | None) -> Html:
    if metric is None:
        return tag("span", "not measured", class_="quiet")
    interval = metric_interval(metric.name, metric.low, metric.high, metric.unit)
    value = metric_value(metric.name, metric.value, metric.unit)
    return join([value, tag("small", interval) if interval else None])


def _strip(metrics: list[Metric]) -> Html | None:
    if len(metrics) < 2:
        return None
    percent = is_percent(metrics[0].name, metrics[0].unit)
    ends = (0.0, 1.0) if percent else span([v for m in metrics for v in (m.low, m.high, m.value)], around=0.05)
    return strip([Interval(m.model, m.value, m.low, m.high, strong=m.model == "tuned") for m in metrics], ends)


def _tick(name: str, unit: str) -> Callable[[float], str] | None:
    return (lambda value: f"{100 * value:.0f}%") if is_percent(name, unit) else None
