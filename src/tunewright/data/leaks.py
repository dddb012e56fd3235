"""Training rows that the model will be measured on."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tunewright.data.findings import MOST_PLACES, rows
from tunewright.data.table import Table, is_empty
from tunewright.records import Finding

__all__ = ["Leak", "find_leaks", "group_keys", "leak_finding"]

Leak = tuple[int, str, int]
"""A training row, the split that holds the same, and the first row there."""


def find_leaks(
    keys: Sequence[Hashable] | NDArray[Any], measured: Mapping[str, Sequence[Hashable] | NDArray[Any]]
) -> list[Leak]:
    """Training rows whose key also stands in a split that is measured on, in order. The key None is like no other."""
    if isinstance(keys, np.ndarray):
        return _leaks_by_sorting(keys, {name: np.asarray(there) for name, there in measured.items()})
    where: dict[Hashable, tuple[str, int]] = {}
    for name, there in measured.items():
        for row, key in enumerate(there):
            if key is not None:
                where.setdefault(key, (name, row))
    return [(row, *where[key]) for row, key in enumerate(keys) if key is not None and key in where]


def _leaks_by_sorting(keys: NDArray[Any], measured: Mapping[str, NDArray[Any]]) -> list[Leak]:
    """The same for arrays of digests, with an object for each leak only."""
    if not measured:
        return []
    rows = np.flatnonzero(np.isin(keys, np.concatenate(list(measured.values()))))
    leaking = keys[rows]
    where: dict[Hashable, tuple[str, int]] = {}
    for name, there in measured.items():
        for row in np.flatnonzero(np.isin(there, leaking)).tolist():
            where.setdefault(there[row], (name, row))
    return [(row, *where[key]) for row, key in zip(rows.tolist(), leaking, strict=True)]


def group_keys(table: Table, group: str | None) -> list[Hashable]:
    """The group of each row, None where it has none."""
    if group is None:
        return [None] * len(table)
    return [None if is_empty(cell) else cell for cell in table.column(group)]


def leak_finding(
    leaks: Sequence[Leak],
    train: Table,
    measured: Mapping[str, Table],
    on_leak: Literal["drop", "keep"],
    *,
    group: str | None = None,
) -> Finding:
    """What the audit says about them.

    Args:
        leaks: at least one.
        train: the table whose rows leak.
        measured: split to its table.
        on_leak: what the recipe does about it.
        group: the group column, when the rows share a group and not an input.
    """
    count = len(leaks)
    same = f"a {group!r}" if group else "an input"
    title = (
        f"{rows(count, 'training row')} {'has' if count == 1 else 'have'} {same} that also stands in validation or test"
    )
    if on_leak == "drop":
        title += f"; {'it is' if count == 1 else 'they are'} left out of training"
        harm = "Learned by heart, they would make the measured figures better than the model is."
        advice = "Nothing to do. data.on_leak=keep would leave them in."
    else:
        harm = (
            "They are learned by heart and then measured: the figures of validation and test are too good, "
            "and nobody who reads them can tell by how much."
        )
        advice = "Type data.on_leak=drop."
    note = f"same {group} as" if group else "same input as"
    places = []
    for row, split, there in leaks[:MOST_PLACES]:
        places.append(train.place(row, f"{note} {measured[split].short_place(there)}"))
    code = "group_leak" if group else "leak"
    return Finding(
        code=code, severity="warning", title=title, count=count, places=tuple(places), harm=harm, advice=advice
    )
