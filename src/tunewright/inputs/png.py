"""Writes a small PNG, so that a report can show a spectrogram where no picture library is installed."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["png"]


def png(pixels: NDArray[Any]) -> bytes:
    """A PNG file (ISO/IEC 15948) of uint8 pixels, (height, width) in grey or (height, width, 3) in RGB."""
    values = np.ascontiguousarray(pixels, dtype=np.uint8)
    height, width = values.shape[:2]
    kind = 2 if values.ndim == 3 else 0
    # every line of the picture begins with the number of its filter; 0 is none
    lines = np.concatenate([np.zeros((height, 1), dtype=np.uint8), values.reshape(height, -1)], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, parts))


def _chunk(part: tuple[bytes, bytes]) -> bytes:
    name, data = part
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
