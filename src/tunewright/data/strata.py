"""Which rows are alike, so that each split gets its share of every kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from tunewright.data.entities import entity_labels
from tunewright.data.table import Cell, Table
from tunewright.data.targets import parse_labels
from tunewright.data.usable import TargetKind, numbers

__all__ = ["LABELLED", "labels_of_rows", "strata_of"]

LABELLED = frozenset[TargetKind](("label", "labels", "entities"))
"""Targets that say labels, which are counted, and which every split should know."""

_BINS = 10
_ROWS_PER_BIN = 5


def labels_of_rows(table: Table, target: str, kind: TargetKind) -> list[tuple[str, ...]]:
    """The labels of each row, those of entities as often as they occur; no row has any when the target is a number, a
    text or a place in a text, or when there is none."""
    cells = table.column(target)
    if kind not in LABELLED:
        return [()] * len(table)
    shared: dict[Hashable, tuple[str, ...]] = {}  # labels repeat: one tuple for all rows that say the same
    read = {"labels": parse_labels, "entities": entity_labels}.get(kind, _single)
    return [shared[cell] if cell in shared else shared.setdefault(cell, read(cell)) for cell in cells]


def _single(cell: Cell) -> tuple[str, ...]:
    return (str(cell),)


def strata_of(table: Table, target: str, kind: TargetKind) -> NDArray[np.int64]:
    """The stratum of each row, int64 (rows,): its label, the rarest of its labels, or its number's quantile.

    Texts make one stratum.
    By the rarest label, as in iterative stratification (Sechidis et al. 2011): the frequent ones spread by themselves.
    """
    if kind == "number":
        return _quantiles(numbers(table, target))
    if kind == "answers":  # those without an answer spread evenly: the context alone stands in their cells
        return np.asarray([len(cell or ()) > 1 for cell in table.column(target)], dtype=np.int64)
    if kind not in LABELLED:
        return np.zeros(len(table), dtype=np.int64)
    labels = labels_of_rows(table, target, kind)
    counts = Counter(label for row in labels for label in row)
    keys: Sequence[Hashable] = [min(row, key=lambda name: (counts[name], name), default=None) for row in labels]
    position: dict[Hashable, int] = {}
    return np.asarray([position.setdefault(key, len(position)) for key in keys], dtype=np.int64)


def _quantiles(values: NDArray[np.float64]) -> NDArray[np.int64]:
    bins = min(_BINS, len(values) // _ROWS_PER_BIN)
    if bins < 2:
        return np.zeros(len(values), dtype=np.int64)
    edges = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1]))
    return np.searchsorted(edges, values, side="right").astype(np.int64)
