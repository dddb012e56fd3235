"""Findings on a terminal: what is the matter, why it hurts, where, what to do."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from tunewright.records import Finding
from tunewright.report.figures import count
from tunewright.report.terminal.layout import given, quiet
from tunewright.report.wording import SEVERITIES, by_severity

__all__ = ["findings_view"]

_PLACES = {"error": 5, "warning": 5, "info": 2}
_STYLES = {"error": "bold red", "warning": "bold yellow", "info": "bold cyan"}


def findings_view(findings: Sequence[Finding]) -> RenderableType:
    """All of them, errors first, each with its first places; their number at the end."""
    if not findings:
        return Text("Nothing was found to be wrong with the data.", style="green")
    shown: list[RenderableType] = []
    for finding in by_severity(findings):
        word, style = SEVERITIES[finding.severity][0], _STYLES[finding.severity]
        shown_places = _PLACES[finding.severity]
        shown.append(Text.assemble((f"{word}: ", style), given(finding.title)))
        below = [given(finding.harm, style="dim")] if finding.harm else []
        below += [given(place) for place in finding.places[:shown_places]]
        left = finding.count - min(len(finding.places), shown_places)
        if finding.places and left > 0:
            below.append(quiet(f"… and {count(left)} more"))
        if finding.advice:
            below.append(Text.assemble(("Do: ", "bold"), given(finding.advice)))
        shown += [Padding(line, (0, 0, 0, 4)) for line in below]
    worst = {severity: sum(f.severity == severity for f in findings) for severity in SEVERITIES}
    parts = [f"{number} {_plural(severity, number)}" for severity, number in worst.items() if number]
    return Group(*shown, Text(f"\n{', '.join(parts)}.", style="bold"))


def _plural(severity: str, number: int) -> str:
    word = SEVERITIES[severity][0].lower()
    return word if number == 1 else f"{word}s"
