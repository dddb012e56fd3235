"""What is taken for what: the confusion matrix, or for numbers the predictions against the truth."""

from __future__ import annotations

import numpy as np

from tunewright.records import Confusion
from tunewright.report.block import Column, Section, figure, grid, table
from tunewright.report.charts.heat import bare_heat_map, heat_map, names_fit
from tunewright.report.charts.scatter import scatter
from tunewright.report.evidence import Evidence
from tunewright.report.figures import count, counted_are, share
from tunewright.report.html import Html, given, tag
from tunewright.report.wording import class_units

__all__ = ["confusion"]

_NUMBERED = 20
_PAIRS = 15


def confusion(evidence: Evidence) -> Section:
    """A heat map with numbers up to 20 classes; beyond, the most confused pairs and a bare heat map."""
    quality = evidence.quality
    if quality is not None and quality.scatter:
        metric = quality.metric(quality.primary, "tuned", evidence.split)
        unit = metric.unit if metric and metric.unit not in ("share", "correlation", "target") else ""
        picture = scatter(quality.scatter, f"Predictions against truth for {count(len(quality.scatter))} rows.", unit)
        text = "One dot a row, at most 500 of them. On the dashed diagonal the prediction is right; above it, too high."
        return Section("confusion", "Predictions against the truth", figure(picture, text))
    found = quality.confusion if quality else None
    if found is None or not found.labels:
        return Section("confusion", "Confusion", None)
    if len(found.labels) <= _NUMBERED:
        return Section("confusion", "Confusion", _small(found, class_units(evidence.task)))
    return Section("confusion", "Confusion", _large(found, class_units(evidence.task)))


def _small(found: Confusion, unit: str) -> Html:
    told = f"Confusion matrix of {len(found.labels)} classes: {_summary(found, unit)}"
    picture = heat_map(found.labels, found.counts, told)
    by = "" if names_fit(found.labels) else ", by its number"
    text = (
        f"Rows: the true class. Columns: the predicted class{by}. {_summary(found, unit)} "
        "A stronger colour is a larger share of the row (root scale, so that small confusions show)."
    )
    scroll = tag("div", picture, class_="scroll", tabindex="0", role="region", aria_label="Confusion matrix")
    return figure(scroll, text)


def _large(found: Confusion, unit: str) -> Html:
    counts = np.array(found.counts, dtype=np.int64)
    sums = counts.sum(axis=1)
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    flat = np.argsort(-wrong, axis=None, kind="stable")[:_PAIRS]
    pairs = [divmod(int(place), len(counts)) for place in flat]
    rows = [
        (
            given(found.labels[t], 80),
            given(found.labels[p], 80),
            count(int(counts[t, p])),
            share(counts[t, p] / sums[t]),
        )
        for t, p in pairs
        if wrong[t, p]
    ]
    columns = [
        Column("True class"),
        Column("Taken for"),
        Column(unit.capitalize(), True),
        Column("Of the true class", True),
    ]
    caption = f"The most confused pairs of {count(len(found.labels))} classes"
    pairs_table = table(caption, columns, rows, "narrow") if rows else None
    picture = bare_heat_map(found.counts, f"Confusion matrix of {len(found.labels)} classes: {_summary(found, unit)}")
    text = (
        f"All {count(len(found.labels))} classes: true class downwards, predicted class across, in the order of "
        f"evaluation/quality.json. {_summary(found, unit)} Root scale, so that small confusions show."
    )
    return grid(pairs_table, figure(picture, text))


def _summary(found: Confusion, unit: str) -> str:
    counts = np.array(found.counts, dtype=np.int64)
    right, rows = int(np.trace(counts)), int(counts.sum())
    if unit == "rows":
        return f"{count(right)} of {counted_are(rows, 'row')} right."
    told = "“other ends”: found with another first or last word. “nothing”: missed, or found where none is."
    return f"{count(right)} of {count(rows)} {unit} are right. {told}"
