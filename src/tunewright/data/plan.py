"""The step plan: which samples form which optimizer step, and how a step is cut into micro-batches.

A pure function of (lengths, batch size, token budget, seed, epoch, world size). The samples of a step depend on none of
budget and world size; the order inside a step does, and a step's gradient is a sum. So the same samples meet in the
same optimizer step on one device or eight, with much memory or little, and the state of the order is one integer.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tunewright.data.permutation import Permutation

__all__ = ["MOST_SHUFFLED", "StepPlan", "like_lengths", "micro_batches", "packs"]

Rows = NDArray[np.int64]

MOST_SHUFFLED = 1 << 22
"""Rows up to which an epoch's order is shuffled in memory (32 MiB, a fifth of a second each epoch). Beyond, the place
of each row is computed when its step comes. Part of the result: below it every order stays what it has always been."""

_BATCH_COST = 64
"""What one more forward and backward costs beside its tokens, in tokens: measured 40 to 90 for small models on a
CPU."""
_GROUP_COST = 1 << 14
"""What one more group of like lengths costs in a packed sequence, in pairs of tokens: attention alone is computed by
groups, and sees padding."""
_WINDOW = 512
"""Rows placed together by dynamic programming; longer lists are cut into such windows first, after sorting."""


@dataclass(frozen=True, eq=False)
class StepPlan:
    """Order and cut of a whole training.

    Attributes:
        lengths: int64 (rows,), tokens of each row.
        batch_size: samples in one optimizer step over the whole job; the last step of an epoch may hold fewer.
        token_budget: tokens in one forward on one device, with the padding between rows where there is any.
        seed: start of the order.
        world_size: processes that share each step.
        lanes: micro-batches that a process computes at once; it gets a multiple of them.
        packed: whether a micro-batch may mix lengths, since its rows are packed without padding.
        row_of: int64 rising, where a row may be several samples (windows) that must meet in one step: the row of each;
            `lengths` are those of the samples then, and everything else above counts rows. None: a row is a sample.
        real: int64, the same without the padding that `lengths` counts inside a row; None where it counts none.
    """

    lengths: NDArray[np.int64]
    batch_size: int
    token_budget: int
    seed: int
    world_size: int = 1
    lanes: int = 1
    packed: bool = False
    row_of: NDArray[np.int64] | None = None
    real: NDArray[np.int64] | None = None

    @property
    def _rows(self) -> int:
        return len(self.lengths) if self.row_of is None else int(self.row_of[-1]) + 1 if len(self.row_of) else 0

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps in one pass over the rows."""
        return math.ceil(self._rows / self.batch_size)

    def epoch_of(self, step: int) -> tuple[int, int]:
        """(epoch, index within it) of a global step counted from 0."""
        return divmod(step, self.steps_per_epoch)

    @property
    def ordering(self) -> Literal["shuffle", "feistel"]:
        """How the order is made; part of a run's fingerprint where it is not `shuffle`."""
        return "shuffle" if self._rows <= MOST_SHUFFLED else "feistel"

    def order(self, epoch: int) -> Rows | Permutation:
        """Every row once, in the epoch's order: int64 (rows,), or what gives any stretch of it when sliced."""
        if self.ordering == "feistel":
            return Permutation(self._rows, self.seed, epoch)
        generator = np.random.Generator(np.random.Philox(key=[self.seed, epoch]))
        return generator.permutation(self._rows)

    def samples(self, step: int, order: Rows | Permutation | None = None) -> Rows:
        """Rows of a global step, or all samples of them. `order` may be given to save making it again."""
        epoch, index = self.epoch_of(step)
        order = self.order(epoch) if order is None else order
        rows = order[index * self.batch_size : (index + 1) * self.batch_size]
        if self.row_of is None:
            return rows
        starts, ends = np.searchsorted(self.row_of, rows), np.searchsorted(self.row_of, rows, side="right")
        return np.concatenate([np.zeros(0, dtype=np.int64), *map(np.arange, starts, ends)]).astype(np.int64)

    def cut(self, rows: Rows, rank: int = 0, token_budget: int | None = None) -> list[Rows]:
        """The micro-batches of a step that one process computes; every process gets the same number of them."""
        budget, shares = token_budget or self.token_budget, self.world_size * self.lanes
        pieces = (packs if self.packed else micro_batches)(rows, self.lengths, budget, shares)
        return pieces[rank :: self.world_size]

    def real_tokens(self, rows: Rows) -> int:
        """Tokens of some rows without any padding."""
        return int((self.lengths if self.real is None else self.real)[rows].sum())

    def tokens(self, piece: Rows) -> int:
        """Tokens that a micro-batch computes, padding included."""
        if not len(piece):
            return 0
        lengths = self.lengths[piece]
        return int(lengths.sum() if self.packed else lengths.max() * len(piece))


def packs(rows: Rows, lengths: NDArray[np.int64], token_budget: int, shares: int = 1) -> list[Rows]:
    """Deal rows into as few packs as the budget allows, of nearly equal numbers of tokens.

    The longest rows are dealt first, each to the pack that has fewest tokens so far. A row longer than the budget makes
    a pack of its own. The number of packs is a multiple of `shares`; where rows are too few, the last are empty.
    """
    ordered = rows[np.argsort(-lengths[rows], kind="stable")]
    whole = -(-int(lengths[rows].sum()) // max(1, token_budget))
    count = max(1, -(-whole // shares)) * shares
    while True:
        dealt = _dealt_by_load(ordered, lengths, count)
        heaviest = max((int(lengths[pack].sum()) for pack in dealt if len(pack) > 1), default=0)
        if heaviest <= token_budget or count >= len(rows) + shares:
            return dealt
        count += shares


def like_lengths(rows: Rows, lengths: NDArray[np.int64]) -> list[Rows]:
    """Rows of a pack in groups that attention pads to their longest: few groups, little padding, longest first."""
    ordered = rows[np.argsort(-lengths[rows], kind="stable")]
    return _cut_in_windows(ordered, lengths[ordered] ** 2, np.iinfo(np.int64).max, _GROUP_COST)


def micro_batches(rows: Rows, lengths: NDArray[np.int64], token_budget: int, world_size: int = 1) -> list[Rows]:
    """Cut rows into batches of nearly equal length whose padded size stays within the budget.

    Rows are sorted by length, longest first, and cut where padding and the cost of one more batch together are least. A
    row longer than the budget makes a batch of its own. The number of batches is a multiple of `world_size`; where rows
    are too few for that, the last batches are empty. Batches of rank r are those at r, r + world_size, ...
    """
    ordered = rows[np.argsort(-lengths[rows], kind="stable")]
    pieces = _cut_in_windows(ordered, lengths[ordered], token_budget, _BATCH_COST)
    while len(pieces) % world_size:
        largest = max(range(len(pieces)), key=lambda index: len(pieces[index]), default=None)
        if largest is None or len(pieces[largest]) < 2:
            pieces.append(ordered[:0])
            continue
        half = (len(pieces[largest]) + 1) // 2
        pieces[largest : largest + 1] = [pieces[largest][:half], pieces[largest][half:]]
    return pieces if world_size == 1 else _dealt(pieces, lengths, world_size)


def _dealt(pieces: list[Rows], lengths: NDArray[np.int64], world_size: int) -> list[Rows]:
    """The heaviest first, dealt to the ranks there and back, so that nobody waits long for another."""
    ranked = sorted(pieces, key=lambda piece: -(int(lengths[piece].max()) * len(piece) if len(piece) else 0))
    rounds = [ranked[start : start + world_size] for start in range(0, len(ranked), world_size)]
    return [piece for index, dealt in enumerate(rounds) for piece in (dealt[::-1] if index % 2 else dealt)]


def _dealt_by_load(ordered: Rows, lengths: NDArray[np.int64], count: int) -> list[Rows]:
    loads = [(0, index) for index in range(count)]
    dealt: list[list[int]] = [[] for _ in range(count)]
    for row in ordered:
        load, index = loads[0]
        dealt[index].append(int(row))
        heapq.heapreplace(loads, (load + int(lengths[row]), index))
    return [np.array(pack, dtype=np.int64) for pack in dealt]


def _cut_in_windows(ordered: Rows, widths: NDArray[np.int64], budget: int, batch_cost: int) -> list[Rows]:
    """Rows that are sorted longest first, cut where `_cuts` says; `widths` are those of `ordered`."""
    pieces: list[Rows] = []
    for start in range(0, len(ordered), _WINDOW):
        window = slice(start, start + _WINDOW)
        pieces += np.split(ordered[window], _cuts(widths[window], budget, batch_cost))
    return pieces


def _cuts(widths: NDArray[np.int64], budget: int, batch_cost: int) -> list[int]:
    """Where to cut rows sorted widest first, so that their padded widths plus `batch_cost` a batch are least.

    Dynamic programming over the last cut: the best way to place the first j rows is the best way to place the first i,
    and one batch of rows i..j, as wide as row i.
    """
    count = len(widths)
    widths = np.maximum(widths, 1)
    least = np.zeros(count + 1)
    last = np.zeros(count + 1, dtype=np.int64)
    for end in range(1, count + 1):
        starts = np.arange(end)
        padded = widths[:end] * (end - starts)
        fits = (padded <= budget) | (starts == end - 1)
        costs = np.where(fits, least[:end] + padded + batch_cost, np.inf)
        last[end] = int(costs.argmin())
        least[end] = costs[last[end]]
    cuts = []
    end = count
    while end > 0:
        end = int(last[end])
        cuts.append(end)
    return cuts[-2::-1]
