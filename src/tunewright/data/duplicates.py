"""Rows that say again what an earlier row said, and rows that contradict one another."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunewright.data.first_rows import first_of_both, first_rows
from tunewright.data.sameness import Keys, exact_keys, normal_keys, normalised
from tunewright.data.table import Table
from tunewright.data.targets import parse_labels, parse_number
from tunewright.data.usable import TargetKind, numbers

__all__ = ["Repeats", "find_repeats", "label_variants", "number_variants"]

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Repeats:
    """(row, earlier row) of each kind, in the table's order.

    Attributes:
        exact: same inputs and target, character by character.
        near: same target and same inputs up to case, width and spacing, but no exact repeat of any earlier row.
        conflicts: same inputs up to case, width and spacing, another target; every row of such a group is listed, the
            first one with the first row that contradicts it.
        normal: the normalised key of each row.
    """

    exact: list[Pair]
    near: list[Pair]
    conflicts: list[Pair]
    normal: Keys


def find_repeats(table: Table, columns: Sequence[str], target: str, kind: TargetKind) -> Repeats:
    """Compare the rows of one table by their digests; under 200 bytes a row while it works."""
    normal = normal_keys(table, columns)
    targets = _codes(table, target, kind)
    rows = np.arange(len(table), dtype=np.int64)
    alike = first_rows(normal)
    near = first_of_both(alike, targets)
    exact = first_of_both(first_rows(exact_keys(table, columns)), targets)
    differs = (targets != targets[alike]) & (kind != "text")  # two translations of one text are no contradiction
    rival = np.full(len(table), len(table), dtype=np.int64)  # for each first row the first that contradicts it
    np.minimum.at(rival, alike[differs], rows[differs])
    disputed = rival[alike] < len(table)
    against = np.where(differs, alike, rival[alike])
    return Repeats(
        exact=_pairs(exact, exact != rows),
        near=_pairs(near, (exact == rows) & (near != rows)),
        conflicts=_pairs(against, disputed),
        normal=normal,
    )


def _pairs(earlier: NDArray[np.int64], chosen: NDArray[np.bool_]) -> list[Pair]:
    return list(zip(np.flatnonzero(chosen).tolist(), earlier[chosen].tolist(), strict=True))


def _codes(table: Table, target: str, kind: TargetKind) -> NDArray[np.int64]:
    """A number for each row, equal for equal targets: `1` and `1.0` are one, labels in another order one set."""
    if kind == "number":
        return first_rows(numbers(table, target))
    known: dict[Hashable, int] = {}
    said: Iterator[Hashable] = iter(table.column(target))
    if kind == "labels":
        said = (frozenset(parse_labels(cell)) for cell in table.column(target))
    return np.fromiter((known.setdefault(each, len(known)) for each in said), dtype=np.int64, count=len(table))


def label_variants(counts: dict[str, int]) -> dict[str, str]:
    """Labels that are another, more frequent label up to case, width or spacing: variant to that label."""
    best: dict[str, str] = {}
    for label in sorted(counts, key=lambda name: (-counts[name], name)):
        best.setdefault(normalised(label), label)
    return {label: best[normalised(label)] for label in counts if best[normalised(label)] != label}


def number_variants(counts: dict[str, int]) -> dict[str, str]:
    """Labels that are the number of another, more frequent label, written differently: `007` of `7`, `1.0` of `1`."""
    best: dict[float, str] = {}
    found: dict[str, str] = {}
    for label in sorted(counts, key=lambda name: (-counts[name], name)):
        try:
            first = best.setdefault(parse_number(label), label)
        except ValueError:
            continue
        if first != label:
            found[label] = first
    return found
