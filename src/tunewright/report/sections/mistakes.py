"""The rows that the model gets most wrong: often a wrong label, sometimes a class that needs more examples."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tunewright.records import Mistake
from tunewright.report.block import Column, Section, folded, note, table
from tunewright.report.evidence import Evidence
from tunewright.report.figures import amount, count, share
from tunewright.report.html import Html, given, join, tag
from tunewright.report.plain import visible

__all__ = ["mistakes"]

_FIRST = 12
_ROWS = 50
_TEXT = 300
_PICTURE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/]+=*")
"""What `evaluation` writes; anything else that stands in the record is not put into the page."""
_NONE = tag("span", "no label", class_="quiet")


@dataclass(frozen=True)
class _Measure:
    """How wrong a row is: the column's title, the order of rows, how the figure is written."""

    title: str
    order: str
    written: Callable[[float], str]
    length: int = 80
    """Characters shown of truth and answer."""


_SURE = _Measure("Probability", "those first that the model was surest of", share)
_FORESEEN = _Measure("Perplexity", "those first that the model understands least", lambda value: amount(value, 3))
_MEASURES = {
    "regress": _Measure("Absolute error", "the farthest off first", lambda error: amount(error, 3)),
    "masked": _FORESEEN,
    "language_model": _FORESEEN,
    "similarity": _Measure("Absolute error", "the farthest off first", lambda error: amount(error, 3)),
    "embed": _Measure("Rank of the right one", "those whose right partner stands farthest down first", amount),
    "instruct": _FORESEEN,
    "prefer": _Measure("Reward the wrong way", "those first that moved farthest the wrong way", lambda v: amount(v, 3)),
    "tag": _Measure("Missed or too many", "those with most wrong entities first", count),
    "translate": _Measure("chrF missing", "those farthest from their reference first", share, 600),
    "summarise": _Measure("ROUGE-L missing", "those farthest from their reference first", share, 600),
}


def mistakes(evidence: Evidence) -> Section:
    """File and line, text, truth, prediction, and how sure the model was."""
    quality = evidence.quality
    if quality is None or not quality.mistakes:
        return Section("mistakes", "Most wrong", None)
    measure = _MEASURES.get(evidence.task, _SURE)
    shown = quality.mistakes[:_ROWS]
    what = "pictures of rows" if any(mistake.picture for mistake in shown) else "text"
    warning = note(
        f"This section holds {what} from your data: think of that before you pass the page on. Look at each row: where "
        "the value in the data is the one that is wrong, mend it there."
    )
    first = _table(f"Rows that are most wrong, {measure.order}", shown[:_FIRST], measure)
    rest = shown[_FIRST:]
    more = folded(f"{len(rest)} more", _table("Rows that are most wrong, continued", rest, measure)) if rest else None
    return Section("mistakes", "Most wrong", join([warning, first, more]))


def _row(mistake: Mistake) -> Html:
    """The text, and the picture of rows that are no text."""
    text = tag("span", given(mistake.text, _TEXT), class_="text") if mistake.text else None
    if not _PICTURE.fullmatch(mistake.picture):
        return text or Html("")
    shown = tag("img", src=mistake.picture, alt=visible(mistake.text)[:_TEXT], class_="thumbnail")
    return join([shown, tag("br"), text] if text else [shown])


def _table(caption: str, found: Sequence[Mistake], measure: _Measure) -> Html:
    rows = [
        (
            tag("code", given(f"{m.file}:{m.line}", 300)),
            _row(m),
            given(m.truth, measure.length) if m.truth else _NONE,
            given(m.predicted, measure.length) if m.predicted else _NONE,
            measure.written(m.score),
        )
        for m in found
    ]
    columns = [
        Column("Where"),
        Column("What was read" if any(m.picture for m in found) else "Text"),
        Column("In the data"),
        Column("Predicted"),
        Column(measure.title, figures=True),
    ]
    return table(caption, columns, rows, class_="wide")
