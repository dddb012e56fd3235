"""Words that the page, the card and the terminal share."""

from __future__ import annotations

from tunewright.records import ClassCount, Finding
from tunewright.report.wording import (
    balance_summary,
    by_severity,
    delimiter_name,
    ends_of_classes,
    glossary,
    machine_line,
)


def test_errors_come_first():
    """What stops a training must not stand below a hundred notes."""
    findings = [
        Finding(code=severity, severity=severity, title="t", count=count)
        for severity, count in (("info", 900), ("warning", 2), ("error", 1), ("warning", 70))
    ]
    assert [(f.severity, f.count) for f in by_severity(findings)] == [
        ("error", 1), ("warning", 70), ("warning", 2), ("info", 900),
    ]  # fmt: skip


def test_many_classes_show_both_ends():
    """The rare classes are the ones in danger: cutting a list at its top would hide them."""
    classes = [ClassCount(label=str(i), train=100 - i, validation=0, test=0) for i in range(50)]
    first, last, left = ends_of_classes(classes, 10)
    assert ([c.label for c in first], [c.label for c in last]) == (list("01234"), ["45", "46", "47", "48", "49"])
    assert left == 40
    assert ends_of_classes(classes[:10], 10) == (classes[:10], (), 0)
    assert balance_summary(classes) == "50 classes, from 51 to 100 training rows each."


def test_names(factory):
    """A tab in a table's cell cannot be seen."""
    assert [delimiter_name(d) for d in (",", "\t", ";", "", "¦", "\x1b")] == [
        "comma", "tab", "semicolon", "none", "¦", "␛",
    ]  # fmt: skip
    assert glossary(["tuned", "tfidf"]).startswith("TF-IDF + linear model: ")


def test_the_machine_is_named(factory):
    """A timing without its machine is worth nothing."""
    machine = factory.machine.model_copy(update={"gpus": ("Some GPU",)})
    line = machine_line(machine)
    assert line.startswith("Some GPU, A made-up CPU @ 3.0 GHz, 4 of 8 cores, 32.0 GB memory, avx512_bf16")
