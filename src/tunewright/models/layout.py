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

__all__ = ["Group", "HeadPlaces", "Layout", "Padded"]

Lengths = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Group:
    """Neighbouring rows, each as wide as the longest of them.

    Attributes:
        rows: how many.
        width: tokens of each, padding included.
        padding: bool (rows, 1, 1, width), True where it is; None where there is none.
        shortest: tokens of its shortest row; no padding stands before them.
    """

    rows: int
    width: int
    padding: Tensor | None
    shortest: int

    @property
    def places(self) -> int:
        """Tokens of all its rows, padding included."""
        return self.rows * self.width

    @property
    def end(self) -> Tensor | None:
        """The padding of the last places alone, bool (rows, 1, 1, width - shortest)."""
        return None if self.padding is None else self.padding[..., self.shortest :]


@dataclass(frozen=True, eq=False)
class Padded:
    """From the tokens of a sequence to the places of its padded groups, one group after another, and back.

    Attributes:
        source: int64 (places,), the token at each place; padding repeats its row's first token.
        kept: int64 (tokens,), the place of each token.
        padding: bool (places,), True where it is.
    """

    source: Tensor
    kept: Tensor
    padding: Tensor


@dataclass(frozen=True, eq=False)
class HeadPlaces:
    """The same for every head of a token, so that rows and heads can be one dimension: (row, head, place in the row).

    Attributes:
        source: int64 (places * heads,), in (tokens * heads,).
        kept: int64 (tokens * heads,), in (places * heads,).
    """

    source: Tensor
    kept: Tensor


@dataclass(frozen=True, eq=False)
class Layout:
    """Where rows lie in a packed sequence.

    Attributes:
        groups: in the order of the sequence.
        first: int64 (rows,), the position of each row's first token.
        lengths: int64 (rows,), tokens of each row.
        row_of: int64 (tokens,), the row of each token.
        padded: None where no row of any group is shorter than its group is wide.
    """

    groups: tuple[Group, ...]
    first: Tensor
    lengths: Lengths
    row_of: Tensor
    padded: Padded | None
    _by_heads: dict[int, HeadPlaces] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, lengths: Sequence[Lengths], device: torch.device) -> Layout:
        """From the lengths of each group's rows."""
        every = np.concatenate(list(lengths))
        first = np.cumsum(every) - every
        groups, source, padding, row = [], [], [], 0
        for group in lengths:
            width = int(group.max())
            places = np.arange(width)
            behind = places >= group[:, None]
            begins = first[row : row + len(group), None]
            source.append(np.where(behind, begins, begins + places).ravel())
            padding.append(behind.ravel())
            mask = torch.from_numpy(behind)[:, None, None, :].to(device) if behind.any() else None
            groups.append(Group(len(group), width, mask, int(group.min())))
            row += len(group)
        whole, padded = np.concatenate(padding), None
        if whole.any():
            found = (np.concatenate(source), np.flatnonzero(~whole), whole)
            padded = Padded(*(torch.from_numpy(each).to(device) for each in found))
        row_of = torch.from_numpy(np.repeat(np.arange(len(every)), every)).to(device)
        return cls(tuple(groups), torch.from_numpy(first).to(device), every, row_of, padded)

    @property
    def tokens(self) -> int:
        """Of all rows."""
        return int(self.lengths.sum())

    def at_first(self, said: Tensor) -> Tensor:
        """What is said of first tokens, (rows, ...), among all tokens, (tokens, ...), with zeros elsewhere."""
        return said.new_zeros(self.tokens, *said.shape[1:]).index_copy(0, self.first, said)

    def by_heads(self, heads: int) -> HeadPlaces:
        """The places of every head; made once for all layers."""
        if heads not in self._by_heads:
            self._by_heads[heads] = self._made(heads)
        return self._by_heads[heads]

    def _made(self, heads: int) -> HeadPlaces:
        # numpy, whose small operations wait for no other thread
        each, begin = np.arange(heads), 0
        place_of, head_of = [], []
        for group in self.groups:
            places = np.arange(begin, begin + group.places).reshape(group.rows, 1, group.width)
            place_of.append(np.broadcast_to(places, (group.rows, heads, group.width)).ravel())
            head_of.append(np.broadcast_to(each[:, None], (group.rows, heads, group.width)).ravel())
            begin += group.places
        places = np.concatenate(place_of)
        if self.padded is None:
            token_of, real = places, np.ones(len(places), dtype=np.bool_)
        else:
            token_of, real = (values.cpu().numpy()[places] for values in (self.padded.source, ~self.padded.padding))
        source = token_of * heads + np.concatenate(head_of)
        kept = np.empty(self.tokens * heads, dtype=np.int64)
        kept[source[real]] = np.flatnonzero(real)
        return HeadPlaces(*(torch.from_numpy(values).to(self.first.device) for values in (source, kept)))
