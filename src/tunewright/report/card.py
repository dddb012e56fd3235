"""The model card: what the model is for, what it was made from, how good it is, and where it ends.

It travels with the model, so it holds no row of the data and no path of the machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tunewright.records import Audit, Quality, RunFolder, write_text
from tunewright.report.evidence import Evidence, gather
from tunewright.report.figures import (
    amount,
    count,
    counted,
    in_sentence,
    metric_difference,
    metric_interval,
    metric_title,
    metric_value,
    model_title,
    seconds,
    share,
    signed,
    size,
)
from tunewright.report.front_matter import front_matter, hub_id
from tunewright.report.limits import limits
from tunewright.report.loading import how_to_load
from tunewright.report.markdown import code, given, table
from tunewright.report.verdict import comparison_with, primary_metrics, verdict
from tunewright.report.wording import SEVERITIES, balance_summary, by_severity, class_units, glossary, machine_line

__all__ = ["model_card", "write_model_card"]

_LABELS = 50
_AVERAGED = "Its weights are the average of those of all steps up to that one. "
_TASKS = {
    "classify": "puts each {noun} into one of {classes} classes",
    "multilabel": "gives each {noun} any number of {classes} labels",
    "regress": "gives each {noun} a number",
    "similarity": "says how alike two texts are, as a number",
    "embed": "makes a vector of each text, so that texts that belong together lie close",
    "tag": "finds entities of {classes} types in a text",
    "translate": "translates a text",
    "summarise": "sums a text up",
    "answer": "finds the answer to a question as a place in a text",
    "masked": "foresees hidden words of a text, and is a start for other tasks on texts of its kind",
    "language_model": "goes on with a text, token by token",
    "instruct": "answers questions",
    "prefer": "answers questions, in the way that was preferred",
}


def write_model_card(folder: RunFolder, target: Path | None = None, languages: Sequence[str] = ()) -> Path:
    """Write the card of a run's model as `README.md`.

    Args:
        target: where to write it; None is `model/README.md` in the run's folder.
        languages: ISO 639-1 codes, where they are known; no record holds them.

    Raises:
        UserError: the folder holds no run.
    """
    return write_text(target or folder.model / "README.md", model_card(folder, languages))


def model_card(folder: RunFolder, languages: Sequence[str] = ()) -> str:
    """The card's text: YAML front matter for the hub, then Markdown for people."""
    evidence = gather(folder)
    parts = [
        f"# {given(evidence.name)}",
        _what(evidence),
        "## Intended use",
        _use(evidence),
        "## Training data",
        _data(evidence.audit),
        "## Results",
        _results(evidence),
        "## Limits",
        "\n".join(f"- {limit}" for limit in limits(evidence)),
        "## How to load it",
        how_to_load(evidence),
        "## How it was made",
        _made(evidence),
    ]
    return front_matter(evidence, languages) + "\n" + "\n\n".join(part for part in parts if part) + "\n"


def _what(evidence: Evidence) -> str:
    base = hub_id(evidence)
    source = code(base) if base else "a local model" if evidence.source else "a pretrained model"
    method = f" by {code(evidence.method)}" if evidence.method else ""
    return f"{_does(evidence)} Fine-tuned from {source}{method} with tunewright."


def _does(evidence: Evidence) -> str:
    classes = len(evidence.audit.classes) if evidence.audit else 0
    sentence = _TASKS.get(evidence.task, "was trained for the task " + code(evidence.task or "unknown"))
    return f"The model {sentence.format(classes=count(classes) if classes else 'several', noun=evidence.noun)}."


_KINDS = {
    "text": "Texts of the kind it was trained on: same source, same language, same way of writing. On other texts",
    "picture": "Pictures of the kind it was trained on: same cameras, same light, same choice of scenes. On others",
    "picture with its text": "Pictures and texts of the kind it was trained on: same cameras, same way of writing. On "
    "others, or on one without the other,",
    "sound": "Sounds of the kind it was trained on: same devices, same rooms, same voices or their like. On others",
}


def _use(evidence: Evidence) -> str:
    audit = evidence.audit
    lines = [f"{_KINDS[evidence.noun]} nothing was measured. Where a wrong answer harms a person, let a person decide."]
    if audit is not None and audit.classes:
        labels = [code(one.label, 60) for one in audit.classes[:_LABELS]]
        left = len(audit.classes) - len(labels)
        lines.append(f"Labels: {', '.join(labels)}{f' and {count(left)} more' if left > 0 else ''}.")
    elif audit is not None and audit.target:
        verb = "writes" if evidence.task in ("translate", "summarise") else "predicts"
        lines.append(f"It {verb} {code(audit.target, 60)}.")
    return "\n\n".join(lines)


def _data(audit: Audit | None) -> str:
    if audit is None:
        return "No audit of the data was kept."
    splits = ", ".join(f"{counted(split.rows, 'row')} for {_SPLIT_USE[split.name]}" for split in audit.splits)
    parts = [f"{splits[:1].upper()}{splits[1:]}." if splits else ""]
    if audit.classes:
        parts.append(f"{balance_summary(audit.classes, class_units(audit.task))}")
    if audit.lengths:
        lengths = audit.lengths
        parts.append(
            f"Inputs have a median of {lengths.median:g} tokens and at most {count(lengths.maximum)}; beyond "
            + (
                f"{count(lengths.limit)} they are read through windows, which loses none."
                if any(one.code == "windows" for one in audit.findings)
                else f"{count(lengths.limit)} they are cut, which removed {share(lengths.share_lost)} of all tokens."
            )
        )
    if audit.sizes:
        sizes = audit.sizes
        parts.append(
            f"Rows measure {sizes.median:.4g} {sizes.unit} in the median and at most {sizes.maximum:.4g}"
            + (f"; beyond {sizes.limit:g} they are cut." if sizes.limit is not None else ".")
        )
    findings = [
        f"- {SEVERITIES[f.severity][0]}: {given(f.title.strip(), 300)}" for f in by_severity(audit.findings)[:20]
    ]
    listed = (
        "The audit before training found:\n\n" + "\n".join(findings)
        if findings
        else "The audit before training found nothing wrong."
    )
    return " ".join(filter(None, parts)) + f"\n\n{listed}"


_SPLIT_USE = {"train": "training", "validation": "choosing the best step", "test": "the test"}


def _results(evidence: Evidence) -> str:
    quality, split = evidence.quality, evidence.split
    found = verdict(evidence)
    sentence = f"**{found.headline}** " + given(" ".join(filter(None, (found.sentence, found.sureness))), 1000)
    sentence = "\n\n".join([sentence, *(f"**Caution:** {given(text, 600)}" for text in found.cautions)])
    if quality is None or not split:
        return sentence
    return "\n\n".join(
        filter(None, [sentence, _metrics(quality, split), _differences(quality, split), _cost(evidence)])
    )


def _metrics(quality: Quality, split: str) -> str:
    by_place = {(m.name, m.model): m for m in quality.metrics if m.split == split}
    models = list(dict.fromkeys([m.model for m in primary_metrics(quality, split)] + [model for _, model in by_place]))
    names = list(dict.fromkeys([quality.primary, *(name for name, _ in by_place)]))
    rows = []
    for name in names:
        row = [given(metric_title(name))]
        for model in models:
            metric = by_place.get((name, model))
            if metric is None:
                row.append("")
                continue
            interval = metric_interval(name, metric.low, metric.high, metric.unit)
            row.append(given(metric_value(name, metric.value, metric.unit) + (f" ({interval})" if interval else "")))
        rows.append(row)
    split_row = f"Values on the {split} split, with 95% bootstrap intervals:"
    words = glossary([model for model in models if model != "tuned"])
    return f"{split_row}\n\n{table(['Metric', *(given(model_title(m)) for m in models)], rows)}" + (
        f"\n\n{given(words, 600)}" if words else ""
    )


def _differences(quality: Quality, split: str) -> str:
    rows = []
    for metric in primary_metrics(quality, split):
        comparison = comparison_with(quality, metric.model)
        if comparison is not None:
            difference = signed(metric_difference(metric.name, comparison.difference, metric.unit))
            ends = [
                signed(metric_difference(metric.name, end, metric.unit, False))
                for end in (comparison.low, comparison.high)
            ]
            rows.append([given(model_title(metric.model)), given(difference), given(f"{ends[0]} to {ends[1]}")])
    if not rows:
        return ""
    title = (
        f"{given(metric_title(quality.primary))}: tuned model against baselines on the same rows, positive is better:"
    )
    return f"{title}\n\n{table(['Baseline', 'Difference', 'Paired 95% interval'], rows)}"


def _cost(evidence: Evidence) -> str:
    parts = []
    if evidence.memory:
        parts.append(f"{size(evidence.memory.disk_bytes)} on disk.")
    if evidence.latency and evidence.latency.points:
        point, machine = evidence.latency.points[0], evidence.latency.machine
        parts.append(
            f"One call with {count(point.batch_size)} row{'s' if point.batch_size != 1 else ''} takes "
            f"{seconds(point.p50)} (p50) to {seconds(point.p99)} (p99) in {evidence.latency.precision} on "
            f"{given(machine_line(machine), 300)}."
        )
    if evidence.latency and evidence.latency.writing:
        speed, machine = evidence.latency.writing, evidence.latency.machine
        then = "" if speed.tokens_per_second is None else f", and {amount(speed.tokens_per_second, 3)} tokens/s follow"
        parts.append(
            f"An answer's first token comes after {seconds(speed.first_token_p50)} (p50){then}, one answer at a "
            f"time, in {evidence.latency.precision} on {given(machine_line(machine), 300)}."
        )
    return " ".join(parts)


def _made(evidence: Evidence) -> str:
    found = evidence.provenance
    if found is None:
        return "No provenance was kept."
    kept = {name: found.packages[name] for name in ("torch", "transformers", "peft") if name in found.packages}
    versions = ", ".join(f"{name} {given(version, 40)}" for name, version in kept.items())
    lines = [f"tunewright {given(found.tunewright, 40)}{f', {versions}' if versions else ''}; seed {found.seed}."]
    lines.append(f"Matrix products ran in {given(found.precision, 20)}. Started {given(found.started[:10])}.")
    if found.training:
        training = found.training
        lines.append(
            f"{counted(training.steps, 'optimizer step')}, {counted(training.epochs, 'epoch')}, of which step "
            f"{count(training.best_step)} was kept (best by {given(in_sentence(metric_title(training.selected_by)))}). "
            f"{_AVERAGED if training.average_power is not None else ''}"
            f"{count(training.trainable)} of {count(training.parameters)} parameters were trained."
        )
    lines.append("The recipe, the audit and every measurement stand in the run's folder beside this model.")
    return " ".join(lines)
