"""The rows that the model gets most wrong: often a wrong label, sometimes a class that needs more examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tunewright.records import Mistake
from tunewright.report.block import Column, Section, folded, note, table
from tunewright.report.evidence import Evidence
from tunewright.report.figures import amount, count, share
from tunewright.report.html import Html, given, join, tag

__all__ = ["mistakes"]

_FIRST = 12
_ROWS = 50
_TEXT = 300
_NONE = tag("span", "no label", class_="quiet")


@dataclass(frozen=True)
class _Measure:
    """How wrong a row is: the column's title, the order of rows, how the figure is written."""

    title: str
    order: str
    written: Callable[[float], str]


_SURE = _Measure("Probability", "those first that the model was surest of", share)
_MEASURES = {
    "regress": _Measure("Absolute error", "the farthest off first", lambda error: amount(error, 3)),
    "answer": _Measure("Probability", "those first that the model was surest of", share),
    "tag": _Measure("Missed or too many", "those with most wrong entities first", count),
}


def mistakes(evidence: Evidence) -> Section:
    """File and line, text, truth, prediction, and how sure the model was."""
    quality = evidence.quality
    if quality is None or not quality.mistakes:
        return Section("mistakes", "Most wrong", None)
    measure = _MEASURES.get(evidence.task, _SURE)
    shown = quality.mistakes[:_ROWS]
    warning = note(
        "This section holds text from your data: think of that before you pass the page on. Look at each row: where "
        "the value in the data is the one that is wrong, mend it there."
    )
    first = _table(f"Rows that are most wrong, {measure.order}", shown[:_FIRST], measure)
    rest = shown[_FIRST:]
    more = folded(f"{len(rest)} more", _table("Rows that are most wrong, continued", rest, measure)) if rest else None
    return Section("mistakes", "Most wrong", join([warning, first, more]))


def _table(caption: str, found: Sequence[Mistake], measure: _Measure) -> Html:
    rows = [
        (
            tag("code", given(f"{m.file}:{m.line}", 300)),
            tag("span", given(m.text, _TEXT), class_="text"),
            given(m.truth, 80) if m.truth else _NONE,
            given(m.predicted, 80) if m.predicted else _NONE,
            measure.written(m.score),
        )
        for m in found
    ]
    columns = [
        Column("Where"),
        Column("Text"),
        Column("In the data"),
        Column("Predicted"),
        Column(measure.title, figures=True),
    ]
    return table(caption, columns, rows, class_="wide")
