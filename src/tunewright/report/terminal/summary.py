"""A run in a dozen lines: the verdict, the metrics beside their baselines, what it costs."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tunewright.records import Quality, RunFolder
from tunewright.report.evidence import Evidence, gather
from tunewright.report.figures import (
    amount,
    count,
    counted,
    duration,
    metric_interval,
    metric_title,
    metric_value,
    model_title,
    seconds,
    size,
    tiny,
)
from tunewright.report.terminal.layout import given, quiet, table
from tunewright.report.verdict import primary_metrics, verdict
from tunewright.report.wording import check_title

__all__ = ["summary"]

_METRICS = 6
_MODELS = 4
_LESS_TELLING = ("f1_weighted", "precision_macro", "recall_macro")
"""The first to give way to the six that are shown."""
_TONES = {"good": "bold green", "unsure": "bold yellow", "bad": "bold red", "none": "bold"}
_SHORT = {
    "tuned": "Tuned",
    "majority": "Constant",
    "tfidf": "TF-IDF",
    "pixels": "Pixels",
    "spectrum": "Bands",
    "probe": "Frozen",
}
"""Names that leave room for four models on 80 columns."""


def summary(folder: RunFolder) -> RenderableType:
    """Verdict, metrics, cost, verification, and where the report is.

    Raises:
        UserError: the folder holds no run.
    """
    evidence = gather(folder)
    found = verdict(evidence)
    head = Text.assemble(given(evidence.name, style="bold"), f"  {_what(evidence)}")
    lines: list[RenderableType] = [head, Text(found.headline, style=_TONES[found.tone])]
    lines += [Text(sentence) for sentence in (found.sentence, found.sureness) if sentence]
    lines += [Text.assemble(("Caution: ", "bold yellow"), given(text)) for text in found.cautions]
    if evidence.quality is not None and evidence.split:
        lines += [Text(), _metrics(evidence.quality, evidence.split), Text()]
    lines += [Text(line) for line in _cost(evidence)]
    lines += _verification(evidence)
    lines += [quiet(trouble) for trouble in evidence.troubles]
    if folder.report.is_file():
        lines.append(Text.assemble("Report: ", given(folder.report)))
    return Group(*lines)


def _what(evidence: Evidence) -> str:
    return given(", ".join(filter(None, (evidence.task, evidence.method, evidence.source)))).plain


def _metrics(quality: Quality, split: str) -> Table:
    on_split = {(m.name, m.model): m for m in quality.metrics if m.split == split}
    ordered = [m.model for m in primary_metrics(quality, split)]
    models = list(dict.fromkeys([*ordered, *(model for _, model in on_split)]))[:_MODELS]
    names = list(dict.fromkeys([quality.primary, *(name for name, _ in on_split)]))
    names.sort(key=lambda name: name != quality.primary and name in _LESS_TELLING)
    kept = [name for name in names if (name, "tuned") in on_split][:_METRICS]
    titles = [_SHORT.get(model, model_title(model)) for model in models[1:]]
    made = table("", "Tuned", "95% interval", *titles, figures=("Tuned", "95% interval", *titles))
    for name in kept:
        tuned = on_split[name, "tuned"]
        others = [on_split.get((name, model)) for model in models[1:]]
        made.add_row(
            Text(metric_title(name), style="bold" if name == quality.primary else ""),
            Text(metric_value(name, tuned.value, tuned.unit, with_unit=False), style="bold"),
            metric_interval(name, tuned.low, tuned.high, tuned.unit),
            *(metric_value(name, m.value, m.unit, with_unit=False) if m else "" for m in others),
        )
    return made


def _cost(evidence: Evidence) -> list[str]:
    lines = []
    latency, memory = evidence.latency, evidence.memory
    if latency and latency.points:
        first = latency.points[0]
        lines.append(
            f"Latency {seconds(first.p50)} p50, {seconds(first.p99)} p99 (batch {first.batch_size}, "
            f"{given(latency.precision).plain}); up to {amount(latency.best_rows_per_second, 3)} rows/s."
        )
    if latency and latency.writing:
        speed = latency.writing
        then = "" if speed.tokens_per_second is None else f", then {amount(speed.tokens_per_second, 3)} tokens/s"
        lines.append(
            f"First token of an answer in {seconds(speed.first_token_p50)} (p50){then} (one answer at a time, "
            f"{given(latency.precision).plain})."
        )
    if memory:
        needed = size(memory.weights_bytes + memory.inference_peak_bytes)
        lines.append(f"{size(memory.disk_bytes)} on disk, {needed} of memory to run, beside the process itself.")
    training = evidence.provenance.training if evidence.provenance else None
    if training:
        lines.append(
            f"Trained {counted(training.steps, 'step')} in {duration(training.wall_seconds)} "
            f"({amount(training.rows_per_second, 3)} rows/s), peak memory {size(training.peak_bytes)}; "
            f"best at step {count(training.best_step)}."
        )
    return lines


def _verification(evidence: Evidence) -> list[RenderableType]:
    checks = evidence.verification.checks if evidence.verification else ()
    failed = [check for check in checks if not check.passed]
    if failed:
        names = ", ".join(check_title(check.name) for check in failed)
        text = f"Verification FAILED ({names}): the written model differs from the trained one. Do not use it."
        return [given(text, style="bold red")]
    if not checks:
        return []
    names = ", ".join(check_title(check.name) for check in checks)
    largest = max(check.max_difference for check in checks)
    return [given(f"Verified: {names}; largest difference {tiny(largest)}.")]
