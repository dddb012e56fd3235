"""Draws validation and test from one set of rows: by stratum, by seed, and never parting rows that belong together.

A pure function of its arguments. It knows nothing of files or of the order of a dict, so that the same rows and seed
give the same splits on any machine.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["bundles", "draw", "draw_limited"]

Rows = NDArray[np.int64]
_SPLIT, _LIMIT = 1, 2  # which draw a seed is for


def bundles(*keys: Sequence[Hashable]) -> Rows:
    """Which rows must stay together: those that share a value of any of the keys, and so on through others.

    Args:
        keys: one value a row; None is shared with nobody.

    Returns:
        int64 (rows,), the number of the bundle of each row, counted in order of first appearance.
    """
    count = len(keys[0])
    parent = list(range(count))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for column in keys:
        first: dict[Hashable, int] = {}
        for row, value in enumerate(column):
            if value is not None:
                low, high = sorted((root(first.setdefault(value, row)), root(row)))
                parent[high] = low
    number: dict[int, int] = {}
    return np.asarray([number.setdefault(root(row), len(number)) for row in range(count)], dtype=np.int64)


def draw(
    strata: Rows,
    bundle: Rows,
    shares: Mapping[str, float],
    seed: int,
    labels: Sequence[tuple[str, ...]] = (),
) -> dict[str, Rows]:
    """Part the rows into `train` and the splits named.

    Every stratum gives each split its share, to the nearest row overall; whole bundles go to one split. A label that
    would be missing from train is given back to it, as long as any split holds it.

    Args:
        strata: int (rows,), the kind of each row.
        bundle: int (rows,), rows of one number stay together.
        shares: split to its share of all rows, in all less than 1.
        seed: start of the draw.
        labels: the labels of each row, those that train must know.

    Returns:
        Split to its row numbers, rising; `train` holds the rest.
    """
    generator = np.random.default_rng([seed, _SPLIT])
    members = _members(bundle)
    stratum_of = [_commonest(strata[rows]) for rows in members]
    by_stratum: dict[int, list[int]] = {}
    for number in generator.permutation(len(members)).tolist():
        by_stratum.setdefault(stratum_of[number], []).append(number)
    order = sorted(by_stratum)
    sizes = np.asarray([sum(len(members[number]) for number in by_stratum[key]) for key in order], dtype=np.int64)
    where = ["train"] * len(members)
    free = sizes - np.asarray([min(len(members[number]) for number in by_stratum[key]) for key in order])
    for split, share in shares.items():
        wanted = _apportion(sizes, share, free, generator)
        taken = _fill(split, [by_stratum[key] for key in order], wanted, free, members, where)
        free = np.maximum(free - taken, 0)
    _give_back(where, members, labels)
    splits = {
        name: [row for number, rows in enumerate(members) if where[number] == name for row in rows]
        for name in ("train", *shares)
    }
    return {name: np.asarray(sorted(rows), dtype=np.int64) for name, rows in splits.items()}


def draw_limited(strata: Rows, limit: int, seed: int) -> Rows:
    """At most `limit` rows, each stratum by its share and, as far as the limit allows, none left without a row."""
    if limit >= len(strata):
        return np.arange(len(strata), dtype=np.int64)
    generator = np.random.default_rng([seed, _LIMIT])
    kinds, counts = np.unique(strata, return_counts=True)
    if limit >= len(kinds):
        wanted = 1 + _apportion(counts - 1, (limit - len(kinds)) / (counts - 1).sum(), counts - 1, generator)
    else:
        wanted = _apportion(counts, limit / counts.sum(), counts, generator)
    drawn = [
        generator.permutation(np.flatnonzero(strata == kind))[:number]
        for kind, number in zip(kinds, wanted, strict=True)
    ]
    return np.sort(np.concatenate(drawn)).astype(np.int64)


def _members(bundle: Rows) -> list[list[int]]:
    members: list[list[int]] = [[] for _ in range(int(bundle.max()) + 1 if len(bundle) else 0)]
    for row, number in enumerate(bundle.tolist()):
        members[number].append(row)
    return members


def _commonest(values: Rows) -> int:
    if len(values) == 1:
        return int(values[0])
    kinds, counts = np.unique(values, return_counts=True)
    return int(kinds[np.argmax(counts)])


def _apportion(sizes: Rows, share: float, free: Rows, generator: np.random.Generator) -> Rows:
    """Whole numbers near `share * sizes` that sum to the nearest whole number of the total (largest remainders).

    The total is at least 1, and none is over what is free; ties fall by lot.
    """
    exact = sizes * share
    wanted: Rows = np.minimum(np.floor(exact + 1e-9).astype(np.int64), free)
    total = min(max(round(float(sizes.sum()) * share), 1), int(free.sum()))
    rest = exact - wanted
    lot = generator.random(len(sizes))
    for index in np.lexsort((lot, -rest)).tolist() * 2:
        if wanted.sum() >= total:
            break
        if wanted[index] < free[index]:
            wanted[index] += 1
    return wanted


def _fill(
    split: str,
    strata: Sequence[Sequence[int]],
    wanted: Rows,
    free: Rows,
    members: Sequence[Sequence[int]],
    where: list[str],
) -> Rows:
    """Put bundles into a split until each stratum has what is wanted.

    Bundles too big for their stratum's share leave a gap; a second pass closes it with any bundle that fits.

    Returns:
        Rows taken of each stratum.
    """
    taken = np.zeros(len(strata), dtype=np.int64)

    def take(index: int, number: int, short: int) -> None:
        # a bundle may overshoot by half its size at most: further, and the split is nearer its share without it
        size = len(members[number])
        if where[number] == "train" and size - short <= size // 2 and taken[index] + size <= free[index]:
            where[number] = split
            taken[index] += size

    for index, numbers in enumerate(strata):
        for number in numbers:
            if taken[index] >= wanted[index]:
                break
            take(index, number, int(wanted[index] - taken[index]))
    for index, numbers in enumerate(strata):
        for number in numbers:
            short = int(wanted.sum() - taken.sum())
            if short <= 0:
                return taken
            take(index, number, short)
    return taken


def _give_back(where: list[str], members: Sequence[Sequence[int]], labels: Sequence[tuple[str, ...]]) -> None:
    """Move bundles to train until it has every label, the smallest bundle that holds a missing one first."""
    if not labels:
        return
    known: set[str] = set()
    lacking: dict[str, list[int]] = {}
    for number, rows in enumerate(members):
        names = {name for row in rows for name in labels[row]}
        if where[number] == "train":
            known |= names
        else:
            for name in sorted(names):
                lacking.setdefault(name, []).append(number)
    for name in sorted(lacking):
        if name not in known:
            number = min(lacking[name], key=lambda candidate: (len(members[candidate]), candidate))
            where[number] = "train"
            known |= {label for row in members[number] for label in labels[row]}
