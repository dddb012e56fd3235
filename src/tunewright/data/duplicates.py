"""Rows that say again what an earlier row said, and rows that contradict one another."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from tunewright.data.sameness import exact_keys, normal_keys, normalised
from tunewright.data.table import Table
from tunewright.data.targets import parse_number
from tunewright.data.usable import TargetKind, target_keys

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
    normal: list[bytes]


def find_repeats(table: Table, columns: Sequence[str], target: str, kind: TargetKind) -> Repeats:
    """One pass with hashing over the rows of one table."""
    exactly = exact_keys(table, columns)
    normal = normal_keys(table, columns)
    targets = target_keys(table, target, kind)
    seen_exact: dict[tuple[bytes, Hashable], int] = {}
    seen_near: dict[tuple[bytes, Hashable], int] = {}
    first_of: dict[bytes, int] = {}
    rival_of: dict[bytes, int] = {}
    exact: list[Pair] = []
    near: list[Pair] = []
    for row, (key, loose, said) in enumerate(zip(exactly, normal, targets, strict=True)):
        earlier = seen_exact.setdefault((key, said), row)
        if earlier != row:
            exact.append((row, earlier))
        else:
            like = seen_near.setdefault((loose, said), row)
            if like != row:
                near.append((row, like))
        first = first_of.setdefault(loose, row)
        if targets[first] != said:
            rival_of.setdefault(loose, row)
    conflicts: list[Pair] = []
    for row, (loose, said) in enumerate(zip(normal, targets, strict=True)):
        if loose in rival_of:
            first = first_of[loose]
            conflicts.append((row, first if targets[first] != said else rival_of[loose]))
    return Repeats(exact, near, conflicts, normal)


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
