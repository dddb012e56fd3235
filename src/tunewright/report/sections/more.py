"""Measurements of probes that this room has no picture for: their figures as they are."""

from __future__ import annotations

import json
from typing import Any

from tunewright.report.block import Section, facts, folded
from tunewright.report.evidence import Evidence
from tunewright.report.figures import amount
from tunewright.report.html import Html, given, join, tag
from tunewright.report.plain import cut, visible

__all__ = ["more"]

_SHOWN_ELSEWHERE = frozenset({"generate"})
_FACTS = 24
_JSON = 20_000
_PROBES = 20


def more(evidence: Evidence) -> Section:
    """One heading a probe, its plain values, and the whole record in a box that folds."""
    own = {name: values for name, values in evidence.others.items() if name not in _SHOWN_ELSEWHERE}
    parts = [_probe(name, values) for name, values in list(own.items())[:_PROBES]]
    return Section("more", "Further measurements", join(parts) if parts else None)


def _probe(name: str, values: dict[str, Any]) -> Html:
    plain = [(cut(visible(key), 60), _written(value)) for key, value in values.items()]
    kept = [(key, value) for key, value in plain if value is not None][:_FACTS]
    whole = cut(json.dumps(values, ensure_ascii=False, indent=2), _JSON)
    record = folded(f"evaluation/{visible(name)}.json", tag("pre", tag("code", visible(whole, lines=True))))
    return join([tag("h3", given(name.replace("_", " "))), facts(kept) if kept else None, record])


def _written(value: object) -> Html | None:
    if isinstance(value, bool):
        return given("yes" if value else "no")
    if isinstance(value, int):
        return given(f"{value:,}")
    if isinstance(value, float):
        return given(amount(value))
    return given(value, 300) if isinstance(value, str) and value else None
