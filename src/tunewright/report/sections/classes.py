"""Every class's own quality, the weakest first: an average can hide a class that is never found."""

from __future__ import annotations

from collections.abc import Sequence

from tunewright.records import ClassQuality
from tunewright.report.block import Column, Section, folded, note, table
from tunewright.report.charts.forest import Interval, strip
from tunewright.report.evidence import Evidence
from tunewright.report.figures import count, share
from tunewright.report.html import Html, given, join
from tunewright.report.wording import class_units

__all__ = ["classes"]

_ALL = 20
_WORST = 12
_MOST = 400

_COLUMNS = (
    Column("Class"),
    Column("F1", figures=True),
    Column("95% interval", figures=True),
    Column("0 to 100%"),
    Column("Precision", figures=True),
    Column("Recall", figures=True),
)


def classes(evidence: Evidence) -> Section:
    """Precision, recall and F1 by class."""
    quality = evidence.quality
    if quality is None or not quality.classes:
        return Section("classes", "By class", None)
    unit = class_units(evidence.task)
    ordered = sorted(quality.classes, key=lambda c: (c.f1 if c.f1 == c.f1 else -1.0, -c.support))
    if len(ordered) <= _ALL:
        title = f"All {len(ordered)} classes, lowest F1 first" if len(ordered) > 1 else "The only class"
        return Section("classes", "By class", _table(title, ordered, unit))
    worst = _table(f"The {_WORST} classes with the lowest F1, of {count(len(ordered))}", ordered[:_WORST], unit)
    rest = ordered[_WORST:_MOST]
    others = folded(f"The other {len(rest)} classes", _table("Classes by rising F1, continued", rest, unit))
    left = len(ordered) - _WORST - len(rest)
    more = note(f"{count(left)} classes with a higher F1 stand in evaluation/quality.json only.") if left > 0 else None
    return Section("classes", "By class", join([worst, others, more]))


def _table(caption: str, found: Sequence[ClassQuality], unit: str) -> Html:
    rows = [
        (
            given(c.label, 80),
            share(c.f1),
            f"{share(c.low).removesuffix('%')} to {share(c.high)}" if c.low < c.high else "",
            strip([Interval(c.label, c.f1, c.low, c.high, strong=True)], (0.0, 1.0), 180),
            share(c.precision),
            share(c.recall),
            count(c.support),
        )
        for c in found
    ]
    return table(caption, (*_COLUMNS, Column(unit.capitalize(), figures=True)), rows, "narrow")
