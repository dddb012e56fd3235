"""The rows that the model gets most wrong: often a wrong label, sometimes a class that needs more examples."""

from __future__ import annotations

from collections.abc import Sequence

from tunewright.records import Mistake
from tunewright.report.block import Column, Section, folded, note, table
from tunewright.report.evidence import Evidence
from tunewright.report.figures import amount, share
from tunewright.report.html import Html, given, join, tag

__all__ = ["mistakes"]

_FIRST = 12
_ROWS = 50
_TEXT = 300
_NONE = tag("span", "no label", class_="quiet")


def mistakes(evidence: Evidence) -> Section:
    """File and line, text, truth, prediction, and how sure the model was."""
    quality = evidence.quality
    if quality is None or not quality.mistakes:
        return Section("mistakes", "Most wrong", None)
    numeric = evidence.task == "regress"
    shown = quality.mistakes[:_ROWS]
    warning = note(
        "This section holds text from your data: think of that before you pass the page on. Look at each row: where "
        "the value in the data is the one that is wrong, mend it there."
    )
    order = "the farthest off first" if numeric else "those first that the model was surest of"
    first = _table(f"Rows that are most wrong, {order}", shown[:_FIRST], numeric)
    rest = shown[_FIRST:]
    more = folded(f"{len(rest)} more", _table("Rows that are most wrong, continued", rest, numeric)) if rest else None
    return Section("mistakes", "Most wrong", join([warning, first, more]))


def _table(caption: str, found: Sequence[Mistake], numeric: bool) -> Html:
    rows = [
        (
            tag("code", given(f"{m.file}:{m.line}", 300)),
            tag("span", given(m.text, _TEXT), class_="text"),
            given(m.truth, 80) if m.truth else _NONE,
            given(m.predicted, 80) if m.predicted else _NONE,
            amount(m.score, 3) if numeric else share(m.score),
        )
        for m in found
    ]
    columns = [
        Column("Where"),
        Column("Text"),
        Column("In the data"),
        Column("Predicted"),
        Column("Absolute error" if numeric else "Probability", figures=True),
    ]
    return table(caption, columns, rows, class_="wide")
