"""What stands between a verdict and a conclusion: a run that was too short, a model that cannot read the texts."""

from __future__ import annotations

from tunewright.report.evidence import Evidence
from tunewright.report.figures import counted, in_sentence, is_percent, metric_title, metric_value
from tunewright.report.plain import visible

__all__ = ["cautions"]

_GAIN = 0.01
"""Least gain of the last validation over the best before it, as a share of that: less is the noise of a few rows."""
_FROM_AUDIT = ("unknown_tokens",)
"""Findings that bear on what the model can be, not on single rows."""


def cautions(evidence: Evidence) -> tuple[str, ...]:
    """Sentences of plain text, to be escaped by whoever shows them; none when nothing speaks against the figures."""
    found = evidence.audit.findings if evidence.audit else ()
    read = [f"{visible(one.title)}. {one.harm} {one.advice}" for one in found if one.code in _FROM_AUDIT]
    return tuple(filter(None, (*read, _cut_short(evidence) or _still_better(evidence))))


def _cut_short(evidence: Evidence) -> str:
    """A limit that was set to try things out, and forgotten."""
    training = evidence.provenance.training if evidence.provenance else None
    limit, epochs = _asked(evidence, "max_steps"), _asked(evidence, "epochs")
    if training is None or limit is None or epochs is None or training.steps < limit or training.epochs >= epochs:
        return ""
    return (
        f"Training was ended by training.max_steps after {counted(training.steps, 'step')}, {training.epochs:.2g} of "
        f"{counted(epochs, 'epoch')}: the figures are those of a trial, not of the model that the recipe describes."
    )


def _asked(evidence: Evidence, field: str) -> float | None:
    written = evidence.page.get("training")
    value = written.get(field) if isinstance(written, dict) else None
    return float(value) if isinstance(value, (int, float)) else None


def _still_better(evidence: Evidence) -> str:
    """Training ended while the metric that chooses the model still got better from one validation to the next."""
    training = evidence.provenance.training if evidence.provenance else None
    if training is None or training.stopped_early or training.best_step != training.steps:
        return ""
    name = training.selected_by
    measured = [v for v in evidence.curves.validations if name in v.metrics and v.step <= training.steps]
    before = [v.metrics[name] for v in measured[:-1] if v.best]
    if not before or measured[-1].step != training.steps:
        return ""
    best, last = before[-1], measured[-1].metrics[name]
    if abs(last - best) < max(_GAIN * abs(best), 1e-9):
        return ""
    unit = "share" if is_percent(name, "share") else ""
    values = f"{metric_value(name, best, unit)} to {metric_value(name, last, unit)}"
    return (
        f"Training ended while {in_sentence(metric_title(name))} on the validation rows was still getting better ("
        f"{values} at the last of {len(measured)} validations): more training may do better. {_longer(evidence)}"
    )


def _longer(evidence: Evidence) -> str:
    training = evidence.provenance.training if evidence.provenance else None
    ran = training.epochs if training else 1.0
    return f"Try training.epochs={2 * (_asked(evidence, 'epochs') or ran):g} output=runs/another."
