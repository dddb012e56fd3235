"""Entities of many rows, flat in memory: the truth and the answers of the task `tag`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunewright.data.tag_schemes import Entity
from tunewright.metrics.entities import EntityCounts

__all__ = ["EntityRows", "counted", "taken_for"]


@dataclass(frozen=True, eq=False)
class EntityRows:
    """Labelled places in the text of each row, in order, none overlapping another.

    Attributes:
        types: the labels, in the order of the space.
        row: int64 (entities,) rising, the row of each.
        spans: int64 (entities, 3) first character, the one behind the last, index of the type.
        scores: float64 (entities,) probability of the least certain word of each; 1 for the truth.
        rows: how many rows there are, those without entities included.
    """

    types: tuple[str, ...]
    row: NDArray[np.int64]
    spans: NDArray[np.int64]
    scores: NDArray[np.float64]
    rows: int

    @classmethod
    def of(
        cls,
        types: Sequence[str],
        found: Sequence[Sequence[Entity]],
        scores: Sequence[Sequence[float]] | None = None,
    ) -> EntityRows:
        """From the entities of each row, and their scores."""
        index = {name: position for position, name in enumerate(types)}
        spans = [(start, end, index[kind]) for row in found for start, end, kind in row]
        told = [1.0] * len(spans) if scores is None else [score for row in scores for score in row]
        return cls(
            tuple(types),
            np.repeat(np.arange(len(found), dtype=np.int64), [len(row) for row in found]),
            np.array(spans, dtype=np.int64).reshape(-1, 3),
            np.array(told, dtype=np.float64),
            len(found),
        )

    def __len__(self) -> int:
        return self.rows

    def __getitem__(self, index: Any) -> EntityRows:
        """The entities of some rows, numbered anew in that order."""
        rows = np.arange(self.rows)[index]
        low, high = np.searchsorted(self.row, rows), np.searchsorted(self.row, rows, side="right")
        source = np.concatenate([np.zeros(0, dtype=np.int64), *map(np.arange, low, high)]).astype(np.int64)
        row = np.repeat(np.arange(len(rows), dtype=np.int64), high - low)
        return replace(self, row=row, spans=self.spans[source], scores=self.scores[source], rows=len(rows))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """(entities, 4) row, start, end, type: what a fingerprint is taken of."""
        whole = np.concatenate([self.row[:, None], self.spans], axis=1)
        return whole if dtype is None else whole.astype(dtype)

    def of_row(self, row: int) -> list[Entity]:
        """(start, end, label) of one row."""
        low, high = np.searchsorted(self.row, [row, row + 1])
        return [(start, end, self.types[kind]) for start, end, kind in self.spans[low:high].tolist()]

    def scores_of_row(self, row: int) -> list[float]:
        """The score of each entity of one row."""
        low, high = np.searchsorted(self.row, [row, row + 1])
        return [float(score) for score in self.scores[low:high]]

    def per_row(self) -> NDArray[np.int64]:
        """How many of each type: (rows, types)."""
        counts = np.zeros((self.rows, len(self.types)), dtype=np.int64)
        np.add.at(counts, (self.row, self.spans[:, 2]), 1)
        return counts


def counted(truth: EntityRows, found: EntityRows) -> EntityCounts:
    """Right, true and predicted entities of each row and type."""
    hits = np.zeros((truth.rows, len(truth.types)), dtype=np.int64)
    right = set(map(tuple, np.asarray(truth).tolist())) & set(map(tuple, np.asarray(found).tolist()))
    for row, _, _, kind in right:
        hits[row, kind] += 1
    return EntityCounts(hits, truth.per_row(), found.per_row())


def taken_for(truth: EntityRows, found: EntityRows) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """What each true entity was taken for: names, and counts by truth and answer.

    A true entity stands under the type that was given to exactly its place; else under `other ends`, where an entity
    found overlaps it; else under `nothing`. Entities found where none is true stand in the line `nothing`.
    """
    names = (*truth.types, "other ends", "nothing")
    partly, nothing = len(names) - 2, len(names) - 1
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    for row in range(truth.rows):
        mine, theirs = _spans(truth, row), _spans(found, row)
        exact = {(start, end): kind for start, end, kind in theirs}
        for start, end, kind in mine:
            touched = any(s < end and start < e for s, e, _ in theirs)
            counts[kind, exact.get((start, end), partly if touched else nothing)] += 1
        for start, end, kind in theirs:
            if not any(s < end and start < e for s, e, _ in mine):
                counts[nothing, kind] += 1
    return names, counts


def _spans(rows: EntityRows, row: int) -> list[list[int]]:
    low, high = np.searchsorted(rows.row, [row, row + 1])
    spans: list[list[int]] = rows.spans[low:high].tolist()
    return spans
