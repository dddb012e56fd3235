"""Pictures or sounds of many rows: decoded when a batch asks for them, or mapped from where they were decoded once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from tunewright.errors import UnreadableRowsError
from tunewright.inputs.contents import Unreadable, content_key, raw_of

__all__ = ["KEY_BYTES", "Media", "Reader"]

KEY_BYTES = 16
Rows = Sequence[int] | NDArray[np.int64]


class Reader(ABC):
    """Turns bytes into values, and values into what a model is called with. It stands where texts have a tokenizer."""

    pad_token_id: int = 0
    """Asked for by heads on texts; only where there is a tokenizer is anything padded with ids."""
    tokenizer: Any = None
    """What reads the text that stands beside, where there is one."""
    store: ClassVar[str]
    """Name of the file that values are kept in."""
    dtype: ClassVar[str]
    """Type of one value."""
    unit: ClassVar[str]
    """What `Media.sizes` counts."""

    @property
    @abstractmethod
    def longest(self) -> int:
        """Most patches or frames that the model computes of one row."""

    @abstractmethod
    def measure(self, cell: str) -> tuple[float, int]:
        """(size before anything is cut, length in what the model computes) of a cell, from its first bytes.

        Raises:
            Unreadable: it is no picture or sound.
        """

    @abstractmethod
    def values(self, raw: bytes) -> NDArray[Any]:
        """Decode: one flat array of `dtype`.

        Raises:
            Unreadable: it cannot be decoded to its end.
        """

    @abstractmethod
    def batch(self, rows: Sequence[NDArray[Any]]) -> dict[str, Tensor]:
        """The model's arguments for decoded rows."""

    @abstractmethod
    def thumbnail(self, values: NDArray[Any]) -> bytes:
        """A small PNG that shows a person what the row is."""

    @abstractmethod
    def plainly(self, values: NDArray[Any], raw: bytes) -> tuple[NDArray[Any], dict[str, Any]]:
        """What plain transformers is called with for the row: an array, and the processor's options."""

    @abstractmethod
    def described(self) -> dict[str, Any]:
        """All that decides the values, in JSON, for the key that they are kept under."""

    @abstractmethod
    def save_pretrained(self, folder: str) -> None:
        """Write the files by which transformers opens the same preparation."""


@dataclass(frozen=True, eq=False)
class Media:
    """The pictures or sounds of rows, one a row.

    Attributes:
        reader: how they are decoded and given to the model.
        cells: paths or data URIs; decoded whenever they are asked for. None where values are kept.
        kept: `reader.dtype` (values,), all rows one after another, mapped from disk; None where cells are decoded.
        ends: int64 (all rows kept,), where each row ends in `kept`.
        keys: uint8 (all rows kept, 16), the content keys of the files that `kept` was decoded from.
        index: int64 (rows,), which of the kept rows these are.
        lengths: int64 (rows,), patches or frames that the model computes at most.
        sizes: float32 (rows,), pixels of the longer side, or seconds, before anything was cut.
    """

    reader: Reader
    lengths: NDArray[np.int64]
    sizes: NDArray[np.float32]
    cells: tuple[str, ...] | None = None
    kept: NDArray[Any] | None = None
    ends: NDArray[np.int64] | None = None
    keys: NDArray[np.uint8] | None = None
    index: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.lengths)

    @classmethod
    def of_cells(cls, cells: Sequence[str | tuple[str, ...] | None], reader: Reader) -> Media:
        """Measure every cell by its first bytes; nothing is decoded yet.

        Raises:
            UnreadableRowsError: a cell names no picture or sound: since the audit, which finds such rows, it has gone.
        """
        named = [cell if isinstance(cell, str) else "" for cell in cells]
        measured, unreadable = [], []
        for row, cell in enumerate(named):
            try:
                measured.append(reader.measure(cell))
            except Unreadable as error:
                unreadable.append((row, error.note))
        if unreadable:
            raise UnreadableRowsError(unreadable, "Mend these rows or take them out.")
        sizes = np.array([size for size, _ in measured], dtype=np.float32)
        return cls(reader, np.array([length for _, length in measured], dtype=np.int64), sizes, tuple(named))

    def take(self, rows: Rows) -> Media:
        """Some of the rows, in that order; no value is read."""
        index = np.asarray(rows, dtype=np.int64)
        return replace(
            self,
            lengths=self.lengths[index],
            sizes=self.sizes[index],
            cells=None if self.cells is None else tuple(self.cells[row] for row in index.tolist()),
            index=None if self.index is None else self.index[index],
        )

    def values(self, row: int) -> NDArray[Any]:
        """One row's values, flat.

        Raises:
            Unreadable: its file cannot be decoded any more.
        """
        if self.cells is not None:
            return self.reader.values(raw_of(self.cells[row]))
        assert self.kept is not None and self.ends is not None and self.index is not None
        place = int(self.index[row])
        return self.kept[int(self.ends[place - 1]) if place else 0 : int(self.ends[place])]

    def content(self) -> NDArray[np.uint8]:
        """(rows, 16) content keys: the same whether the values are kept or decoded anew."""
        if self.cells is None:
            assert self.keys is not None and self.index is not None
            return self.keys[self.index]
        found = b"".join(content_key(raw_of(cell)) for cell in self.cells)
        return np.frombuffer(found, dtype=np.uint8).reshape(-1, KEY_BYTES)

    def collate(self, rows: Rows) -> dict[str, Tensor]:
        """The model's arguments for some rows, as they are answered: nothing drawn, nothing moved."""
        return self.reader.batch([self.values(int(row)) for row in rows])
