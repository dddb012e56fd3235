"""The report: one HTML file that loads nothing, runs nothing, and can be read anywhere."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Final

from tunewright.records import RunFolder, write_text
from tunewright.report.block import Section, facts, note
from tunewright.report.evidence import Evidence, gather
from tunewright.report.figures import (
    amount,
    counted,
    duration,
    metric_difference,
    metric_interval,
    metric_title,
    metric_value,
    seconds,
    signed,
    size,
)
from tunewright.report.html import Html, given, join, tag
from tunewright.report.plain import cut, visible
from tunewright.report.sections import SECTIONS
from tunewright.report.verdict import Verdict, best_baseline, comparison_with, verdict
from tunewright.report.wording import check_title

__all__ = ["page", "write_report"]

_STYLE: Final = Path(__file__).with_name("style.css")


def write_report(folder: RunFolder) -> Path:
    """Draw a run's records as `report.html`, replacing the old one whole.

    Records that are missing or damaged leave a sentence instead of a picture.

    Raises:
        UserError: the folder holds no run.
        ResourceError: the disk is full; the old report is untouched.
    """
    return write_text(folder.report, page(gather(folder)))


def page(evidence: Evidence) -> str:
    """The whole document."""
    sections = [section for section in (make(evidence) for make in SECTIONS) if section.body is not None]
    body = tag(
        "body",
        tag("header", _headline(evidence), _verdict(verdict(evidence)), _alarms(evidence), _key_figures(evidence)),
        tag("nav", [tag("a", s.title, href=f"#{s.name}") for s in sections], aria_label="Sections"),
        tag("main", [_section(section) for section in sections]),
        tag(
            "footer",
            tag("p", "Drawn by tunewright from the records in this run's folder. Loads nothing, runs no script."),
        ),
    )
    return f"<!doctype html>\n{tag('html', _head(evidence), body, lang='en')}\n"


def _head(evidence: Evidence) -> Html:
    style = _STYLE.read_text(encoding="utf-8")
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(style)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("link", rel="icon", href="data:,"),
        tag("title", f"{cut(visible(evidence.name), 80)} · tunewright"),
        tag("style", Html(style)),
    )


def _policy(style: str) -> str:
    """Only this very style sheet may act: no script, no request, no form, even if markup slipped in somewhere."""
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def _section(section: Section) -> Html:
    heading = tag("h2", section.title, id=f"{section.name}-title")
    return tag("section", heading, section.body, id=section.name, aria_labelledby=f"{section.name}-title")


def _headline(evidence: Evidence) -> Html:
    parts = [evidence.task, evidence.method, evidence.source]
    started = evidence.provenance.started[:10] if evidence.provenance else ""
    line = join([[tag("span", given(part)) for part in parts if part], tag("time", started) if started else None])
    return join([tag("h1", given(evidence.name, 120)), tag("p", line, class_="subtitle")])


def _verdict(found: Verdict) -> Html:
    return tag(
        "div",
        tag("p", found.headline, class_="headline"),
        tag("p", found.sentence) if found.sentence else None,
        tag("p", found.sureness, class_="quiet") if found.sureness else None,
        [tag("p", tag("b", "Caution: "), given(text, 600)) for text in found.cautions],
        class_=f"verdict {found.tone}",
    )


def _alarms(evidence: Evidence) -> Html:
    """What must be known before any figure is believed."""
    alarms: list[Html] = []
    for check in evidence.verification.checks if evidence.verification else ():
        if not check.passed:
            text = "The written model differs from the trained one beyond the tolerance: do not use it. Failed check: "
            alarms.append(tag("p", text, given(check_title(check.name)), ".", class_="alarm"))
    for finding in evidence.audit.errors[:5] if evidence.audit else ():
        alarms.append(tag("p", "Trained in spite of an error in the data: ", given(finding.title, 300), class_="alarm"))
    return join([alarms, [note(given(trouble, 400)) for trouble in evidence.troubles[:10]]])


def _key_figures(evidence: Evidence) -> Html | None:
    pairs = [*_quality_figures(evidence), *_cost_figures(evidence)]
    return tag("div", facts(pairs), class_="key-figures") if pairs else None


def _quality_figures(evidence: Evidence) -> list[tuple[str, object]]:
    quality = evidence.quality
    tuned = quality.metric(quality.primary, "tuned", evidence.split) if quality else None
    if quality is None or tuned is None:
        return []
    name, unit = tuned.name, tuned.unit
    value = metric_value(name, tuned.value, unit)
    pairs: list[tuple[str, object]] = [
        (metric_title(name), _with_small(value, metric_interval(name, tuned.low, tuned.high, unit)))
    ]
    baseline = best_baseline(quality, evidence.split)
    comparison = comparison_with(quality, baseline.model) if baseline else None
    if comparison is not None:
        ends = [
            signed(metric_difference(name, end, unit, with_unit=False)) for end in (comparison.low, comparison.high)
        ]
        gain = signed(metric_difference(name, comparison.difference, unit)).replace(" points", " pt")
        pairs.append(
            (
                "Over best baseline" if tuned.higher_is_better else "Below best baseline",
                _with_small(gain, f"{ends[0]} to {ends[1]}" if comparison.low < comparison.high else ""),
            )
        )
    return pairs


def _cost_figures(evidence: Evidence) -> list[tuple[str, object]]:
    pairs: list[tuple[str, object]] = []
    if evidence.latency and evidence.latency.points:
        point = evidence.latency.points[0]
        pairs.append(
            ("Latency, p50", _with_small(seconds(point.p50), f"batch {point.batch_size}, {evidence.latency.precision}"))
        )
    if evidence.latency and evidence.latency.writing:
        speed = evidence.latency.writing
        small = "" if speed.tokens_per_second is None else f"then {amount(speed.tokens_per_second, 3)} tokens/s"
        pairs.append(("First token, p50", _with_small(seconds(speed.first_token_p50), small)))
    if evidence.memory:
        pairs.append(("Model on disk", _with_small(size(evidence.memory.disk_bytes), "")))
    training = evidence.provenance.training if evidence.provenance else None
    if training:
        pairs.append(("Training", _with_small(duration(training.wall_seconds), counted(training.epochs, "epoch"))))
    return pairs


def _with_small(value: str, small: str) -> Html:
    return join([value, tag("small", small) if small else None])
