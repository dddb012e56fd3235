"""Sample answers: what was asked, what the data says, and what the model said before and says now."""

from __future__ import annotations

from tunewright.errors import TunewrightError
from tunewright.records import Generations
from tunewright.report.block import Column, Section, note, table
from tunewright.report.evidence import Evidence
from tunewright.report.html import Html, given, join, tag

__all__ = ["generations"]

_SAMPLES = 20
_TEXT = 600


def generations(evidence: Evidence) -> Section:
    """The answers of the probe `generate`, where it was asked for."""
    try:
        found = Generations.model_validate(evidence.others.get("generate") or {})
    except (TunewrightError, ValueError):
        return Section("generations", "Sample answers", None)
    if not found.samples:
        return Section("generations", "Sample answers", None)
    rows = [
        tuple(_text(text) for text in (one.prompt, one.reference, one.before, one.after))
        for one in found.samples[:_SAMPLES]
    ]
    columns = [Column("Asked"), Column("Answer in the data"), Column("Before training"), Column("After training")]
    shown = table("A seeded draw of measured rows, answered by the likeliest words", columns, rows, class_="wide")
    warning = note("This section holds text from your data: think of that before you pass the page on.")
    notes = [note(given(text, 400)) for text in found.notes[:5]]
    return Section("generations", "Sample answers", join([warning, shown, *notes]))


def _text(text: str) -> Html:
    return tag("span", given(text, _TEXT), class_="text") if text else tag("span", "nothing", class_="quiet")
