"""Where rows lie in a packed sequence, and how they are spread out for attention.

Linear layers and norms see the tokens of all rows one after another, and no padding. Attention alone is computed by
rows: it sees groups of neighbouring rows of like length, each padded to the longest of its group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["Group", "HeadPlaces", "Layout", "Spread"]

Lengths = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Group:
    """Neighbouring rows, each as wide as the longest of them.

    Attributes:
        rows: how many.
        width: tokens of each, padding included.
        hidden: bool (rows, 1, 1, width), True for padding; None where there is none.
    """

    rows: int
    width: int
    hidden: Tensor | None

    @property
    def places(self) -> int:
        """Tokens of all its rows, padding included."""
        return self.rows * self.width


@dataclass(frozen=True, eq=False)
class Spread:
    """From the tokens of a sequence to the places of its groups, one group after another, and back.

    Attributes:
        source: int64 (places,), the token at each place; padding repeats its row's first token.
        kept: int64 (tokens,), the place of each token.
        hidden: bool (places,), True for padding.
    """

    source: Tensor
    kept: Tensor
    hidden: Tensor


@dataclass(frozen=True, eq=False)
class HeadPlaces:
    """The same for every head of a token, so that rows and heads can be one dimension: (row, head, place in the row).

    Attributes:
        source: int64 (places * heads,), in (tokens * heads,).
        kept: int64 (tokens * heads,), in (places * heads,).
        first: int64 (rows * heads,), each row's first token, in (tokens * heads,).
    """

    source: Tensor
    kept: Tensor
    first: Tensor


@dataclass(frozen=True, eq=False)
class Layout:
    """Where rows lie in a packed sequence.

    Attributes:
        groups: in the order of the sequence.
        first: int64 (rows,), the position of each row's first token.
        lengths: int64 (rows,), tokens of each row.
        spread: None where no row of any group is shorter than its group is wide.
    """

    groups: tuple[Group, ...]
    first: Tensor
    lengths: Lengths
    spread: Spread | None
    _by_heads: dict[int, HeadPlaces] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, lengths: Sequence[Lengths], device: torch.device) -> Layout:
        """From the lengths of each group's rows."""
        every = np.concatenate(list(lengths))
        first = np.cumsum(every) - every
        groups, source, hidden, row = [], [], [], 0
        for group in lengths:
            width = int(group.max())
            places = np.arange(width)
            behind = places >= group[:, None]
            begins = first[row : row + len(group), None]
            source.append(np.where(behind, begins, begins + places).ravel())
            hidden.append(behind.ravel())
            mask = torch.from_numpy(behind)[:, None, None, :].to(device) if behind.any() else None
            groups.append(Group(len(group), width, mask))
            row += len(group)
        padding = np.concatenate(hidden)
        spread = None
        if padding.any():
            found = (np.concatenate(source), np.flatnonzero(~padding), padding)
            spread = Spread(*(torch.from_numpy(each).to(device) for each in found))
        return cls(tuple(groups), torch.from_numpy(first).to(device), every, spread)

    @property
    def tokens(self) -> int:
        """Of all rows."""
        return int(self.lengths.sum())

    def by_heads(self, heads: int) -> HeadPlaces:
        """The places of every head; made once for all layers."""
        if heads not in self._by_heads:
            self._by_heads[heads] = self._made(heads)
        return self._by_heads[heads]

    def _made(self, heads: int) -> HeadPlaces:
        device = self.first.device
        each = torch.arange(heads, device=device)
        place_of, head_of, begin = [], [], 0
        for group in self.groups:
            places = torch.arange(begin, begin + group.places, device=device).view(group.rows, 1, group.width)
            place_of.append(places.expand(-1, heads, -1).flatten())
            head_of.append(each[:, None].expand(group.rows, -1, group.width).flatten())
            begin += group.places
        places, order = torch.cat(place_of), torch.arange(begin * heads, device=device)
        token_of = places if self.spread is None else self.spread.source[places]
        source = token_of * heads + torch.cat(head_of)
        kept = torch.empty(self.tokens * heads, dtype=torch.int64, device=device)
        real = slice(None) if self.spread is None else ~self.spread.hidden[places]
        kept[source[real]] = order[real]
        return HeadPlaces(source, kept, (self.first[:, None] * heads + each).flatten())
