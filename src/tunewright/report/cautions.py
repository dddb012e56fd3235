"""What stands between a verdict and a conclusion: a run that was too short, a model that cannot read the texts."""

from __future__ import annotations

from tunewright.report.evidence import Evidence
from tunewright.report.figures import in_sentence, is_percent, metric_title, metric_value
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
    return tuple(filter(None, (*read, _still_better(evidence))))


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
    written = evidence.page.get("training")
    fields = written if isinstance(written, dict) else {}
    training = evidence.provenance.training if evidence.provenance else None
    limit = fields.get("max_steps")
    if training is None or (isinstance(limit, int) and limit <= training.steps):
        return "Try a larger training.max_steps, with output=runs/another."
    epochs = fields.get("epochs")
    doubled = 2 * (float(epochs) if isinstance(epochs, (int, float)) else training.epochs)
    return f"Try training.epochs={doubled:g} output=runs/another."
