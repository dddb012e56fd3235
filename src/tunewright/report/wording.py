"""Words about the data that the page, the card and the terminal share."""

from __future__ import annotations

from collections.abc import Sequence

from tunewright.records import ClassCount, Finding, Machine
from tunewright.report.figures import count, counted, model_title, size
from tunewright.report.plain import visible

__all__ = [
    "SEVERITIES",
    "balance_summary",
    "by_severity",
    "check_title",
    "delimiter_name",
    "ends_of_classes",
    "glossary",
    "machine_line",
]

SEVERITIES = {"error": ("Error", "bad"), "warning": ("Warning", "warn"), "info": ("Note", "plain")}
"""Severity to its word and its tone."""

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space", "": "none"}


_BASELINES = {
    "majority": "the commonest class or the mean, whatever the input",
    "tfidf": "word counts and a linear model, no transformer",
    "pixels": "colours and an 8 x 8 copy of the picture under a linear model, no transformer",
    "spectrum": "mean, spread and change of the loudness in 40 bands under a linear model, no transformer",
    "probe": "the pretrained model as it was, with a linear head on top",
    "dictionary": "each word under the tag that it has most often in the training rows",
    "copy": "the source text itself, unchanged",
    "nearest": "the target of the training row whose source is most similar",
    "lead": "the first three sentences of the text",
    "longer": "whichever answer has more tokens",
    "unigram": "each token as likely as it is common in the training rows, whatever stands around it",
    "overlap": "what two texts have in common word for word, rare words counting more",
    "pretrained": "the cosine of the pretrained model's own vectors, before any training",
}


_CHECKS = {"merge": "merging the adapter", "save_load": "saving and loading"}


def glossary(models: Sequence[str]) -> str:
    """What the baselines among these models are, for readers who did not run them; may be empty."""
    return " ".join(f"{model_title(model)}: {_BASELINES[model]}." for model in models if model in _BASELINES)


def by_severity(findings: Sequence[Finding]) -> list[Finding]:
    """Errors first, then warnings, then notes; within each, those that concern most rows."""
    order = list(SEVERITIES)
    return sorted(findings, key=lambda finding: (order.index(finding.severity), -finding.count))


def ends_of_classes(classes: Sequence[ClassCount], most: int) -> tuple[Sequence[ClassCount], Sequence[ClassCount], int]:
    """The commonest and the rarest classes when there are more than `most`, and how many were left out between."""
    if len(classes) <= most:
        return classes, (), 0
    half = most // 2
    return classes[:half], classes[-half:], len(classes) - 2 * half


def class_units(task: str) -> str:
    """What the figures of classes count: rows, or entities in them."""
    return "entities" if task == "tag" else "rows"


def balance_summary(classes: Sequence[ClassCount], unit: str = "rows") -> str:
    """How many classes there are, and how far the commonest and the rarest are apart in training rows (or entities)."""
    most, least = max(c.train for c in classes), min(c.train for c in classes)
    kinds = counted(len(classes), "class", "classes")
    noun = "training entity" if unit == "entities" else "training row"
    largest = counted(most, noun, f"training {unit}")
    if least == most:
        return f"{kinds}, {largest} each."
    return f"{kinds}, from {count(least)} to {largest} each."


def delimiter_name(delimiter: str) -> str:
    """`,` as `comma`: a comma in a table's cell is easily overlooked."""
    return _DELIMITERS.get(delimiter, visible(delimiter))


def check_title(name: str) -> str:
    """What a verification went over, in words: `save_load` as `saving and loading`."""
    return _CHECKS.get(name, name.replace("_", " "))


def machine_line(machine: Machine) -> str:
    """A machine in one line: what every timing is worth."""
    sets = [name for name in machine.instruction_sets if name.startswith(("avx512_bf16", "amx", "avx512_vnni"))]
    parts = [
        *machine.gpus,
        machine.cpu,
        f"{machine.threads} of {machine.cores} cores",
        f"{size(machine.memory_bytes)} memory",
        " ".join(sets),
        machine.platform,
        f"Python {machine.python}",
    ]
    return ", ".join(filter(None, parts))
