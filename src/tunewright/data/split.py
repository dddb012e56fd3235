"""Draws validation and test from one set of rows: by stratum, by seed, and never parting rows that belong together.

A pure function of its arguments. It knows nothing of files or of the order of a dict, so that the same rows and seed
give the same splits on any machine.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunewright.data.first_rows import first_rows, numbered

__all__ = ["bundles", "draw", "draw_limited"]

Rows = NDArray[np.int64]
_SPLIT, _LIMIT = 1, 2  # which draw a seed is for


def bundles(*keys: Sequence[Hashable] | NDArray[Any]) -> Rows:
    """Which rows must stay together: those that share a value of any of the keys, and so on through others.

    Args:
        keys: one value a row; None is shared with nobody.

    Returns:
        int64 (rows,), the number of the bundle of each row, counted in order of first appearance.
    """
    if len(keys) == 1 and isinstance(keys[0], np.ndarray):
        return numbered(first_rows(keys[0]))  # digests: nobody is without one, and nothing goes on through others
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
    bundled = _Bundled(bundle)
    drawn = generator.permutation(len(bundled.sizes))
    kinds = bundled.strata(strata)[drawn]
    sorted_ = np.argsort(kinds, kind="stable")
    _, begins = np.unique(kinds[sorted_], return_index=True)
    by_stratum = np.split(drawn[sorted_], begins[1:]) if len(begins) else []
    sizes = np.asarray([bundled.sizes[numbers].sum() for numbers in by_stratum], dtype=np.int64)
    where = np.zeros(len(bundled.sizes), dtype=np.int8)
    free = sizes - np.asarray([bundled.sizes[numbers].min() for numbers in by_stratum], dtype=np.int64)
    for split, share in enumerate(shares.values(), start=1):
        wanted = _apportion(sizes, share, free, generator)
        taken = _fill(split, by_stratum, wanted, free, bundled.sizes, where)
        free = np.maximum(free - taken, 0)
    _give_back(where, bundled, labels)
    return {name: np.flatnonzero(where[bundle] == split) for split, name in enumerate(("train", *shares))}


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


class _Bundled:
    """Rows by bundle, as arrays.

    Attributes:
        sizes: int64 (bundles,), rows of each.
    """

    def __init__(self, bundle: Rows) -> None:
        self.bundle = bundle
        self.sizes = np.bincount(bundle).astype(np.int64)
        self._order = np.argsort(bundle, kind="stable")
        self._ends = np.cumsum(self.sizes)

    def rows(self, number: int) -> Rows:
        """Rows of one bundle, rising."""
        end = int(self._ends[number])
        found: Rows = self._order[end - int(self.sizes[number]) : end]
        return found

    def strata(self, strata: Rows) -> Rows:
        """The stratum of each bundle: its row's, or the commonest of its rows'."""
        found: Rows = strata[self._order[self._ends - self.sizes]]
        for number in np.flatnonzero(self.sizes > 1).tolist():
            found[number] = _commonest(strata[self.rows(number)])
        return found


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
    split: int,
    strata: Sequence[Rows],
    wanted: Rows,
    free: Rows,
    sizes: Rows,
    where: NDArray[np.int8],
) -> Rows:
    """Put bundles into a split until each stratum has what is wanted.

    Bundles too big for their stratum's share leave a gap; a second pass closes it with any bundle that fits.

    Returns:
        Rows taken of each stratum.
    """
    taken = np.zeros(len(strata), dtype=np.int64)

    def take(index: int, number: int, short: int) -> None:
        # a bundle may overshoot by half its size at most: further, and the split is nearer its share without it
        size = int(sizes[number])
        if where[number] == 0 and size - short <= size // 2 and taken[index] + size <= free[index]:
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


def _give_back(where: NDArray[np.int8], bundled: _Bundled, labels: Sequence[tuple[str, ...]]) -> None:
    """Move bundles to train until it has every label, the smallest bundle that holds a missing one first."""
    if not labels:
        return
    places = where[bundled.bundle]
    known = {name for row in np.flatnonzero(places == 0).tolist() for name in labels[row]}
    lacking: dict[str, list[int]] = {}
    for row in np.flatnonzero(places != 0).tolist():
        for name in labels[row]:
            if name not in known:
                lacking.setdefault(name, []).append(int(bundled.bundle[row]))
    for name in sorted(lacking):
        if name not in known:
            number = min(lacking[name], key=lambda candidate: (int(bundled.sizes[candidate]), candidate))
            where[number] = 0
            known |= {label for row in bundled.rows(number) for label in labels[row]}
