"""Counts what there is to learn, and says when some of it is too rare, too common or all the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

import numpy as np

from tunewright.data.duplicates import label_variants, number_variants
from tunewright.data.findings import finding, rows
from tunewright.data.missing import says_missing
from tunewright.data.strata import LABELLED, labels_of_rows
from tunewright.data.table import Table
from tunewright.data.usable import TargetKind, numbers
from tunewright.records import ClassCount, Finding, Place

__all__ = ["class_counts", "histogram", "target_findings"]

_BINS = 20
_FEW_ROWS = 8  # training rows under which a class is called rare
_ONE_WAY = {
    "label_variants": "Spell each label in one way",
    "number_variants": "If they mean the same, write each in one way",
}
_SKEWED, _VERY_SKEWED = 1.5, 5.0  # times the largest class is larger than the smallest


def class_counts(splits: Mapping[str, Table], target: str, kind: TargetKind) -> tuple[ClassCount, ...]:
    """Rows of each label in each split, most frequent first; a row of several labels counts for each."""
    counted = {
        name: Counter(label for labels in labels_of_rows(table, target, kind) for label in labels)
        for name, table in splits.items()
    }
    total: Counter[str] = sum(counted.values(), Counter())
    return tuple(
        ClassCount(
            label=label, **{name: counted.get(name, Counter())[label] for name in ("train", "validation", "test")}
        )
        for label in sorted(total, key=lambda name: (-total[name], name))
    )


def target_findings(counts: tuple[ClassCount, ...], train: Table, target: str, kind: TargetKind) -> list[Finding]:
    """single_class, imbalance, rare_class, unmeasured_class, missing_marker, label_variants and number_variants."""
    if kind == "number":
        values = numbers(train, target)
        constant = len(values) > 0 and values.min() == values.max()
        return [_single_class(f"{values[0]:g}", len(values))] if constant else []
    if kind not in LABELLED:
        return []
    found: list[Finding] = []
    in_train = {count.label: count.train for count in counts if count.train}
    if len(in_train) == 1 and kind == "label":
        found.append(_single_class(next(iter(in_train)), len(train)))
    if not in_train:
        return [_no_label(len(train), kind)] if len(train) else found
    largest, smallest = max(in_train.values()), min(in_train.values())
    if largest >= _SKEWED * smallest and len(in_train) > 1:
        found.append(_imbalance(in_train, kind))
    rare = {label: count for label, count in in_train.items() if count < _FEW_ROWS}
    if rare:
        found.append(_rare(rare, kind))
    found.extend(_unmeasured(counts))
    missing = sorted(label for label in in_train if says_missing(label))
    if missing:
        places = _places(train, target, kind, missing)
        named = ", ".join(map(repr, missing))
        advice = f"If {named} means that, empty the cells: data.on_bad_row=skip leaves them out."
        found.append(finding("missing_marker", "info", places, advice=advice))
    spelled = label_variants(in_train)
    written = {label: other for label, other in number_variants(in_train).items() if label not in spelled}
    for code, variants in (("label_variants", spelled), ("number_variants", written)):
        if variants:
            places = _places(train, target, kind, variants)
            pairs = ", ".join(f"{variant!r} beside {label!r}" for variant, label in sorted(variants.items())[:5])
            found.append(finding(code, "warning", places, advice=f"{_ONE_WAY[code]}: {pairs}."))
    return found


def _places(table: Table, target: str, kind: TargetKind, labels: Collection[str]) -> list[Place]:
    """The rows that carry any of these labels."""
    rows_ = enumerate(labels_of_rows(table, target, kind))
    return [table.place(row) for row, names in rows_ if any(name in labels for name in names)]


def histogram(train: Table, target: str) -> tuple[tuple[float, float, int], ...]:
    """(low, high, rows) of equal bins over the numbers of the training rows."""
    values = numbers(train, target)
    if not len(values):
        return ()
    if values.min() == values.max():
        return ((float(values[0]), float(values[0]), len(values)),)
    counts, edges = np.histogram(values, bins=min(_BINS, max(2, len(np.unique(values)))))
    return tuple(
        (float(low), float(high), int(count)) for low, high, count in zip(edges, edges[1:], counts, strict=False)
    )


def _single_class(label: str, count: int) -> Finding:
    return Finding(
        code="single_class",
        severity="error",
        title=f"All {rows(count, 'training row')} have the same target, {label!r}",
        count=count,
        harm="A model that always says this is never wrong here and has learned nothing.",
        advice="Check that data.target names the right column and that the file is not sorted and cut.",
    )


def _no_label(count: int, kind: TargetKind) -> Finding:
    """No row of those that may have many labels, or none, has any."""
    word = "an entity" if kind == "entities" else "a label"
    return Finding(
        code="nothing_labelled",
        severity="error",
        title=f"None of {rows(count, 'training row')} has {word}",
        count=count,
        harm="There is nothing to learn but to say nothing, and a model that does is never wrong here.",
        advice="Check that data.target names the right column, and that its cells are filled in.",
    )


def _imbalance(in_train: Mapping[str, int], kind: TargetKind) -> Finding:
    largest = max(in_train, key=lambda name: in_train[name])
    smallest = min(in_train, key=lambda name: in_train[name])
    ratio = in_train[largest] / in_train[smallest]
    small = [count for count in in_train.values() if count * _SKEWED <= in_train[largest]]
    loss = "task.loss.class_weights=balanced or task.loss=focal"
    overall = "f1" if kind == "entities" else "accuracy"
    return Finding(
        code="imbalance",
        severity="warning" if ratio >= _VERY_SKEWED else "info",
        title=(
            f"The largest class, {largest!r}, has {rows(in_train[largest], _unit(kind))}, "
            f"{ratio:.1f} times the {in_train[smallest]:,} of {smallest!r}"
        ),
        count=sum(small),
        harm=f"{overall.capitalize()} can be high for a model that hardly ever gives the rare labels.",
        advice=f"Read f1_macro beside {overall}, and try {'task.loss=focal' if kind == 'labels' else loss}.",
    )


def _unit(kind: TargetKind) -> str:
    """What the counts of classes count."""
    return "training entity" if kind == "entities" else "training row"


def _unmeasured(counts: tuple[ClassCount, ...]) -> list[Finding]:
    """Classes of train that the rows measured on lack: those of test, or of validation where there is no test."""
    name = next((split for split in ("test", "validation") if any(getattr(count, split) for count in counts)), None)
    if name is None:
        return []
    absent = [count for count in counts if count.train and not getattr(count, name)]
    if not absent:
        return []
    shown = ", ".join(repr(count.label) for count in absent[:5]) + (", ..." if len(absent) > 5 else "")
    return [
        Finding(
            code="unmeasured_class",
            severity="info",
            title=f"{'1 class has' if len(absent) == 1 else f'{len(absent)} classes have'} no row in {name}: {shown}",
            count=sum(count.train for count in absent),
            harm="How well these labels are told apart is in none of the figures.",
            advice=f"Collect more rows of them, or take a larger share for {name}.",
        )
    ]


def _rare(rare: Mapping[str, int], kind: TargetKind) -> Finding:
    shown = ", ".join(f"{label!r} ({count})" for label, count in sorted(rare.items(), key=lambda item: item[1])[:5])
    classes = "1 class has" if len(rare) == 1 else f"{len(rare)} classes have"
    more = f" and {len(rare) - 5} more" if len(rare) > 5 else ""
    return Finding(
        code="rare_class",
        severity="warning",
        title=f"{classes} under {rows(_FEW_ROWS, _unit(kind))}: {shown}{more}",
        count=sum(rare.values()),
        harm="So few rows can be learned by heart, and their figures swing by tens of points with a single row.",
        advice="Collect more rows of these labels, join them to others, or leave them out.",
    )
