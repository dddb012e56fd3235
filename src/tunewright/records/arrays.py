"""Flat arrays on disk: appended piece by piece, resumed after a kill, opened without being read.

One file is one array of one type, its bytes and nothing else, little-endian. What the type is stands beside it in the
JSON of whoever wrote it. There is nothing in such a file that could run.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ArrayFile", "mapped", "write_array"]

_PIECE = 1 << 24


class ArrayFile:
    """An array that grows at its end.

    Args:
        path: its file.
        dtype: type of its items.
        mark: what `mark` answered when it was last flushed; the file is cut back to that. None starts it anew.

    Raises:
        ValueError: the file does not hold what the mark says.
    """

    def __init__(self, path: Path, dtype: str, mark: dict[str, Any] | None = None) -> None:
        self.dtype = np.dtype(dtype).newbyteorder("<")
        self._digest = hashlib.sha256()
        if mark is None:
            self._stream = path.open("w+b")
            return
        self._stream = path.open("r+b")
        left = int(mark["bytes"])
        while left:
            piece = self._stream.read(min(left, _PIECE))
            if not piece:
                break
            self._digest.update(piece)
            left -= len(piece)
        if left or self._digest.hexdigest() != mark["sha256"]:
            self._stream.close()
            raise ValueError(f"{path.name} is not as it was left")
        self._stream.truncate()

    def append(self, values: NDArray[Any]) -> None:
        """Write items behind the last one."""
        raw = np.ascontiguousarray(values, dtype=self.dtype).reshape(-1).view(np.uint8).data
        self._stream.write(raw)
        self._digest.update(raw)

    def mark(self) -> dict[str, Any]:
        """Bring everything to the disk; answers what is there, for going on from here."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        return {"bytes": self._stream.tell(), "sha256": self._digest.hexdigest()}

    def close(self) -> None:
        """No more is coming."""
        self._stream.close()


def write_array(path: Path, values: NDArray[Any]) -> str:
    """Write a whole array; answers its type's name for `mapped`."""
    dtype = values.dtype.newbyteorder("<")
    path.write_bytes(np.ascontiguousarray(values, dtype=dtype).tobytes())
    return str(values.dtype.name)


def mapped(path: Path, dtype: str) -> NDArray[Any]:
    """A file's array, read-only, paged in from disk as it is looked at.

    Raises:
        ValueError: the file's size is no whole number of items.
    """
    kind = np.dtype(dtype).newbyteorder("<")
    if path.stat().st_size == 0:  # nothing cannot be mapped
        return np.zeros(0, dtype=kind)
    return np.asarray(np.memmap(path, dtype=kind, mode="r"))
