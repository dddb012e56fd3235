"""The step plan: which samples form which optimizer step, and how a step is cut into micro-batches.

A pure function of (lengths, batch size, token budget, seed, epoch, world size). The samples of a step depend on none of
budget and world size; the order inside a step does, and a step's gradient is a sum. So the same samples meet in the
same optimizer step on one device or eight, with much memory or little, and the state of the order is one integer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["StepPlan", "micro_batches"]

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class StepPlan:
    """Order and cut of a whole training.

    Attributes:
        lengths: int64 (rows,), tokens of each row.
        batch_size: samples in one optimizer step over the whole job; the last step of an epoch may hold fewer.
        token_budget: tokens, padding included, in one forward on one device.
        seed: start of the order.
        world_size: processes that share each step.
    """

    lengths: NDArray[np.int64]
    batch_size: int
    token_budget: int
    seed: int
    world_size: int = 1

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps in one pass over the rows."""
        return math.ceil(len(self.lengths) / self.batch_size)

    def epoch_of(self, step: int) -> tuple[int, int]:
        """(epoch, index within it) of a global step counted from 0."""
        return divmod(step, self.steps_per_epoch)

    def order(self, epoch: int) -> Rows:
        """Every row once, in the epoch's order: int64 (rows,)."""
        generator = np.random.Generator(np.random.Philox(key=[self.seed, epoch]))
        return generator.permutation(len(self.lengths))

    def samples(self, step: int, order: Rows | None = None) -> Rows:
        """Rows of a global step. `order` may be given to save making it again."""
        epoch, index = self.epoch_of(step)
        order = self.order(epoch) if order is None else order
        return order[index * self.batch_size : (index + 1) * self.batch_size]

    def cut(self, rows: Rows, rank: int = 0, token_budget: int | None = None) -> list[Rows]:
        """The micro-batches of a step that one process computes; every process gets the same number of them."""
        pieces = micro_batches(rows, self.lengths, token_budget or self.token_budget, self.world_size)
        return pieces[rank :: self.world_size]


def micro_batches(rows: Rows, lengths: NDArray[np.int64], token_budget: int, world_size: int = 1) -> list[Rows]:
    """Cut rows into batches of nearly equal length whose padded size stays within the budget.

    Rows are sorted by length, longest first, and filled greedily. A row longer than the budget makes a batch of its
    own. The number of batches is a multiple of `world_size`; where rows are too few for that, the last batches are
    empty. Batches of rank r are those at r, r + world_size, ...: neighbours in length, so the ranks carry equal loads.
    """
    ordered = rows[np.argsort(-lengths[rows], kind="stable")]
    pieces: list[Rows] = []
    start = 0
    while start < len(ordered):
        size = max(1, token_budget // max(1, int(lengths[ordered[start]])))
        pieces.append(ordered[start : start + size])
        start += size
    while len(pieces) % world_size:
        largest = max(range(len(pieces)), key=lambda index: len(pieces[index]), default=None)
        if largest is None or len(pieces[largest]) < 2:
            pieces.append(ordered[:0])
            continue
        half = (len(pieces[largest]) + 1) // 2
        pieces[largest : largest + 1] = [pieces[largest][:half], pieces[largest][half:]]
    return pieces
