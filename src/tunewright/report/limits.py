"""What a reader must not expect of a model: read from its records, not from a template."""

from __future__ import annotations

from tunewright.records import Audit, Quality
from tunewright.report.evidence import Evidence
from tunewright.report.figures import count, share
from tunewright.report.markdown import code
from tunewright.report.wording import class_units

__all__ = ["limits"]

_FEW_TRAINED = 30
_WEAK = 0.5
_SHOWN = 10


def limits(evidence: Evidence) -> list[str]:
    """Sentences in Markdown, the gravest first."""
    found: list[str] = []
    checks = evidence.verification.checks if evidence.verification else ()
    if any(not check.passed for check in checks):
        found.append("**The written model differs from the trained one: it failed its verification. Do not use it.**")
    if evidence.split and evidence.split != "test":
        found.append(f"It was measured on {evidence.split} rows, not on rows kept apart: on new rows expect less.")
    if evidence.quality is not None:
        found += _weak_classes(evidence.quality, class_units(evidence.task))
    if evidence.audit is not None:
        found += _of_data(evidence.audit)
    measured = set(evidence.others) | ({"calibration"} if _has_ece(evidence) else set())
    missing = [name for name in ("fairness", "robustness", "calibration") if name not in measured]
    if missing:
        found.append(f"Not measured: {', '.join(missing)}.")
    found.append(
        "The intervals tell how much the figures may move with another draw of test rows. They say nothing about "
        "another seed, another source of rows, or a world that has changed since the data was collected."
    )
    return found


def _has_ece(evidence: Evidence) -> bool:
    return evidence.quality is not None and any(
        m.name == "ece" and m.model == "tuned" for m in evidence.quality.metrics
    )


def _weak_classes(quality: Quality, unit: str) -> list[str]:
    weak = sorted((c for c in quality.classes if c.f1 < _WEAK and c.support), key=lambda c: c.f1)
    if not weak:
        return []
    named = ", ".join(f"{code(c.label, 60)} ({share(c.f1)} on {count(c.support)} {unit})" for c in weak[:_SHOWN])
    left = f" and {count(len(weak) - _SHOWN)} more" if len(weak) > _SHOWN else ""
    return [f"Weak on these classes, by F1: {named}{left}."]


def _of_data(audit: Audit) -> list[str]:
    found = []
    rare = [one for one in audit.classes if one.train < _FEW_TRAINED]
    if rare:
        named = ", ".join(code(one.label, 60) for one in rare[:_SHOWN])
        left = f" and {count(len(rare) - _SHOWN)} more" if len(rare) > _SHOWN else ""
        found.append(f"Learned from fewer than {_FEW_TRAINED} {class_units(audit.task)}: {named}{left}.")
    if audit.sizes and audit.sizes.limit is not None:
        over = f" In its data this concerned {count(audit.sizes.over_limit)} rows." if audit.sizes.over_limit else ""
        found.append(f"Only the first {audit.sizes.limit:g} seconds of a sound are heard.{over}")
    lengths = audit.lengths
    if lengths:
        over = f" In its data this concerned {count(lengths.over_limit)} rows." if lengths.over_limit else ""
        if any(one.code == "windows" for one in audit.findings):
            found.append(f"Longer inputs are read through windows of {count(lengths.limit)} tokens.{over}")
        else:
            found.append(f"Only the first {count(lengths.limit)} tokens of an input are read.{over}")
        if lengths.tokens and lengths.unknown_tokens / lengths.tokens > 0.01:
            part = share(lengths.unknown_tokens / lengths.tokens)
            found.append(
                f"{part} of the tokens in its data are unknown to its tokenizer: it may not know the language."
            )
    return found
