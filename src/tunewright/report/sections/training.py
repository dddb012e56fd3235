"""How training went: losses, the metric that chose the model, the learning rate."""

from __future__ import annotations

import numpy as np

from tunewright.records import Quality, TrainingSummary
from tunewright.report.block import Section, facts, figure, grid, note
from tunewright.report.charts.curve import Line, line_chart
from tunewright.report.curves import Curves, smooth, thin
from tunewright.report.evidence import Evidence
from tunewright.report.figures import (
    amount,
    compact,
    count,
    counted,
    duration,
    in_sentence,
    is_percent,
    metric_title,
    share,
    size,
    tiny,
)
from tunewright.report.html import Html, join

__all__ = ["training"]

_RAW = 600
_SMOOTH = 300
_PERCENT = ("accuracy", "f1", "precision", "recall", "exact_match", "em", "answered", "subset_accuracy")


def training(evidence: Evidence) -> Section:
    """Curves from the journal and the summary's figures."""
    curves = evidence.curves
    summary = evidence.provenance.training if evidence.provenance else None
    if not len(curves.steps) and summary is None:
        return Section("training", "Training", note("The journal holds no optimizer step yet."))
    best = summary.best_step if summary else curves.best_step
    primary = evidence.quality.primary if evidence.quality else ""
    selected = summary.selected_by if summary else primary
    pictures = [_losses(curves, best), _metric(curves, selected, primary, best, evidence.quality), *_small(curves)]
    remarks = [note(text) for text in curves.notes[:20]]
    figures = _summary(summary) if summary else note("Training has not finished: these are the steps so far.")
    return Section("training", "Training", join([grid(*filter(None, pictures)), figures, remarks]))


def _losses(curves: Curves, best: int | None) -> Html | None:
    raw = curves.values.get("loss", np.zeros(0))
    if not np.isfinite(raw).any():
        return None
    x, y = curves.validation("loss")
    smoothed = smooth(raw)
    lines = [
        Line(*thin(curves.steps, raw, _RAW), "raw"),
        Line(*thin(curves.steps, smoothed, _SMOOTH), "first"),
        Line(*thin(x, y, _SMOOTH), "second", points=len(x) <= 40),
    ]
    last = smoothed[np.isfinite(smoothed)][-1]
    label = f"Loss over {counted(len(raw), 'step')}; the smoothed training loss ends at {amount(float(last), 3)}."
    keys = [("first", "training, smoothed"), ("raw", "training, each step")]
    if len(x):
        keys.append(("second", "validation"))
    what = "Training loss, with its class weights and smoothing."
    text = (
        f"{what} Where it rises on validation rows while it falls on training rows, the model overfits."
        if len(x)
        else what
    )
    return figure(
        line_chart(lines, label, "loss", _last(curves), best=best if len(x) else None, zero=True), text, *keys
    )


def _metric(curves: Curves, selected: str, primary: str, best: int | None, quality: Quality | None) -> Html | None:
    """The metric that chose the model; where that is the loss, which has its own picture, the primary one."""
    name = next(
        (n for n in (selected, primary, *_measured(curves)) if n not in ("", "loss") and n in _measured(curves)), ""
    )
    if not name:
        return None
    x, y = curves.validation(name)
    unit = next((metric.unit for metric in quality.metrics if metric.name == name), "") if quality else ""
    percent = is_percent(name, unit) if unit else name.startswith(_PERCENT)
    line = Line(*thin(x, y, _SMOOTH), "second", points=len(x) <= 40)
    finite = y[np.isfinite(y)]
    if not len(finite):
        return None
    title = metric_title(name)
    label = f"{title} on validation rows, {len(x)} measurements, last {amount(float(finite[-1]), 3)}."
    picture = line_chart([line], label, title, _last(curves), best=best, percent=percent)
    chosen = f"The kept model is the best by {in_sentence(metric_title(selected))}." if selected else ""
    return figure(picture, f"{title} on the validation split. {chosen}")


def _last(curves: Curves) -> float:
    """Where all pictures end, so that they can be read under one another."""
    return max(1.0, float(curves.steps.max(initial=1.0)), *(float(v.step) for v in curves.validations))


def _measured(curves: Curves) -> list[str]:
    return list(dict.fromkeys(name for v in curves.validations for name in v.metrics))


def _small(curves: Curves) -> list[Html]:
    figures = []
    for name, title, text in (
        ("learning_rate", "learning rate", "Learning rate, as the schedule set it."),
        ("grad_norm", "L2 norm", "Norm of the gradient before clipping; spikes are steps worth a look."),
    ):
        values = curves.values.get(name, np.zeros(0))
        if np.isfinite(values).any():
            x, y = thin(curves.steps, values, _SMOOTH)
            top = amount(float(np.nanmax(np.where(np.isfinite(values), values, np.nan))), 3)
            figures.append(
                figure(
                    line_chart([Line(x, y, "first")], f"{text} Highest value {top}.", title, _last(curves), zero=True),
                    text,
                )
            )
    return figures


def _kept_weights(summary: TrainingSummary) -> str:
    power = summary.average_power
    if power is None:
        return "those of the best step"
    plain = {0.0: "all counted alike", 1.0: "step t counted t times"}
    counted_as = plain.get(power, f"step t counted as t to the power {amount(power, 3)}")
    return f"the average of all steps up to the best one, {counted_as}"


def _summary(summary: TrainingSummary) -> Html:
    moved = f"{compact(summary.trainable)} of {compact(summary.parameters)} parameters"
    part = summary.trainable / summary.parameters if summary.parameters else 0.0
    return facts(
        [
            ("Steps", f"{count(summary.steps)} in {counted(summary.epochs, 'epoch')}"),
            ("Best step", f"{count(summary.best_step)}, by {in_sentence(metric_title(summary.selected_by))}"),
            ("Weights", _kept_weights(summary)),
            ("Stopped early", "yes, validation no longer improved" if summary.stopped_early else "no"),
            ("Trained", f"{moved} ({share(part)})"),
            ("Learning rate", tiny(summary.learning_rate)),
            ("Time", f"{duration(summary.wall_seconds)}, of which steps {duration(summary.seconds)}"),
            ("Speed", f"{amount(summary.rows_per_second, 3)} rows/s, {count(summary.tokens_per_second)} tokens/s"),
            ("Padding", f"{share(summary.padding_share)} of the tokens computed"),
            ("Token budget", f"{count(summary.token_budget)} tokens in one forward"),
            ("Peak memory", size(summary.peak_bytes)),
            ("Resumed", counted(summary.resumed, "time") if summary.resumed else "never"),
        ]
    )
