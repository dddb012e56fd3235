"""A number that stands for a set of rows, whatever their order and whoever computed them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

__all__ = ["TALLY_RANGE", "tally"]

TALLY_RANGE = 2**32
"""Tallies are added modulo this."""


def tally(pieces: Iterable[NDArray[np.int64]]) -> int:
    """0 <= tally < 2**32 of the rows in all pieces, each counted as often as it stands there.

    Each row's number goes through the finalizer of MurmurHash3 (Appleby 2011), and the results are added. So the
    tallies of two processes add up to that of both, and rows that are lost, repeated or exchanged stay unseen but once
    in four thousand million times.
    """
    total = 0
    for rows in pieces:
        x = rows.astype(np.uint64) + np.uint64(1) & np.uint64(0xFFFFFFFF)
        for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
            x = ((x ^ (x >> np.uint64(shift))) * np.uint64(factor)) & np.uint64(0xFFFFFFFF)
        total += int(x.sum(dtype=np.uint64)) if len(rows) else 0
    return total % TALLY_RANGE
