"""A column of cells that lies on disk: a cell becomes an object of Python when it is looked at, and not before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from tunewright.records.arrays import ArrayFile, mapped

__all__ = ["Cell", "ColumnWriter", "KeptColumn", "read_column"]

Cell = str | tuple[str, ...] | None
"""What stands in one row of one column: text exactly as written, a list of texts, or null. Never a number."""

_NULL, _TEXT, _LIST = 0, 1, 2
_ROWS_AT_ONCE = 1024


class KeptColumn(Sequence[Cell]):
    """Cells as bytes one after another, and where each ends. Reads like a list; a `take` costs 8 bytes a row.

    Args:
        data: uint8, all cells' UTF-8; a list of texts as JSON.
        ends: int64 (cells,), where each cell ends in `data`.
        kinds: uint8 (cells,), 0 null, 1 text, 2 a list of texts.
        rows: int64, which of these cells the column holds, in its order; None is all.
    """

    def __init__(
        self,
        data: NDArray[np.uint8],
        ends: NDArray[np.int64],
        kinds: NDArray[np.uint8],
        rows: NDArray[np.int64] | None = None,
    ) -> None:
        self._data, self._ends, self._kinds, self._rows = data, ends, kinds, rows

    def __len__(self) -> int:
        return len(self._ends if self._rows is None else self._rows)

    @overload
    def __getitem__(self, where: int) -> Cell: ...

    @overload
    def __getitem__(self, where: slice) -> list[Cell]: ...

    def __getitem__(self, where: int | slice) -> Cell | list[Cell]:
        if isinstance(where, slice):
            return self._cells(np.arange(*where.indices(len(self)), dtype=np.int64))
        row = where + len(self) if where < 0 else where
        if not 0 <= row < len(self):
            raise IndexError(f"row {where} of {len(self)}")
        return self._cells(np.array([row], dtype=np.int64))[0]

    def __iter__(self) -> Iterator[Cell]:
        for start in range(0, len(self), _ROWS_AT_ONCE):
            yield from self[start : start + _ROWS_AT_ONCE]

    def __eq__(self, other: object) -> bool:
        """Equal to any sequence of the same cells."""
        if not isinstance(other, Sequence) or len(self) != len(other):
            return NotImplemented if not isinstance(other, Sequence) else False
        return all(one == two for one, two in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def take(self, rows: NDArray[np.int64]) -> KeptColumn:
        """Some of the cells, in the order given, without reading any."""
        return KeptColumn(self._data, self._ends, self._kinds, rows if self._rows is None else self._rows[rows])

    def _cells(self, rows: NDArray[np.int64]) -> list[Cell]:
        chosen = rows if self._rows is None else self._rows[rows]
        ends = self._ends[chosen]
        starts = np.where(chosen > 0, self._ends[np.maximum(chosen - 1, 0)], 0)
        found: list[Cell] = []
        for start, end, kind in zip(starts.tolist(), ends.tolist(), self._kinds[chosen].tolist(), strict=True):
            if kind == _NULL:
                found.append(None)
                continue
            text = self._data[start:end].tobytes().decode("utf-8", "surrogatepass")
            found.append(text if kind == _TEXT else tuple(json.loads(text)))
        return found


class ColumnWriter:
    """Writes cells as `read_column` opens them, without holding more than one piece."""

    def __init__(self, folder: Path, name: str) -> None:
        self._data = ArrayFile(folder / f"{name}.data", "uint8")
        self._ends = ArrayFile(folder / f"{name}.ends", "int64")
        self._kinds = ArrayFile(folder / f"{name}.kinds", "uint8")
        self._end = 0

    def extend(self, cells: Sequence[Cell]) -> None:
        """Write cells behind the last one."""
        raw = [_bytes(cell) for cell in cells]
        sizes = np.fromiter(map(len, raw), dtype=np.int64, count=len(raw))
        ends = self._end + np.cumsum(sizes)
        self._data.append(np.frombuffer(b"".join(raw), dtype=np.uint8))
        self._ends.append(ends)
        self._kinds.append(np.fromiter(map(_kind, cells), dtype=np.uint8, count=len(raw)))
        self._end = int(ends[-1]) if len(ends) else self._end

    def close(self) -> None:
        """The column is whole."""
        for file in (self._data, self._ends, self._kinds):
            file.close()


def read_column(folder: Path, name: str) -> KeptColumn:
    """Open what a `ColumnWriter` wrote."""
    paths: list[tuple[Path, str]] = [
        (folder / f"{name}.data", "uint8"),
        (folder / f"{name}.ends", "int64"),
        (folder / f"{name}.kinds", "uint8"),
    ]
    arrays: list[Any] = [mapped(path, dtype) for path, dtype in paths]
    return KeptColumn(*arrays)


def _kind(cell: Cell) -> int:
    return _NULL if cell is None else _LIST if isinstance(cell, tuple) else _TEXT


def _bytes(cell: Cell) -> bytes:
    if cell is None:
        return b""
    text = json.dumps(cell, ensure_ascii=False) if isinstance(cell, tuple) else cell
    return text.encode("utf-8", "surrogatepass")
