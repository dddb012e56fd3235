"""The bytes behind a cell: a file that it names, or a data URI that holds them itself."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from pathlib import Path

from tunewright.errors import DataError, Problem

__all__ = ["INSIDE", "Unreadable", "content_key", "name_of", "raw_of"]

_ON_THE_WEB = re.compile(r"(^|[\\/])(https?|s3|gs):[\\/]", re.IGNORECASE)
_FROM_DISK = "names an address on the web; files are read from disk alone: fetch it, and name the file"
INSIDE = "data:"
"""How a cell begins that holds its bytes itself, as base64 (RFC 2397)."""


class Unreadable(DataError):
    """One cell cannot be read.

    Attributes:
        code: kind of fault, as the audit counts it: `missing_file`, `broken_media`, `empty_sound`.
        note: what is the matter, without the row's content.
    """

    def __init__(self, code: str, note: str) -> None:
        self.code, self.note = code, note
        super().__init__(f"A row cannot be read: it {note}.", [Problem("", note)])

    def __reduce__(self) -> tuple[type[Unreadable], tuple[str, str]]:
        return type(self), (self.code, self.note)


def raw_of(cell: str) -> bytes:
    """The bytes of a picture or sound.

    Raises:
        Unreadable: there is no such file, or nothing in it.
    """
    if cell.startswith(INSIDE):
        try:
            raw = base64.b64decode(cell.partition(",")[2], validate=True)
        except binascii.Error:
            raise Unreadable("broken_media", "holds a data URI that is no base64") from None
    else:
        try:
            raw = Path(cell).read_bytes()
        except (OSError, ValueError) as error:
            if _ON_THE_WEB.search(cell):  # its last part may be a signature, and too long for a file's name
                raise Unreadable("missing_file", _FROM_DISK) from None
            if isinstance(error, FileNotFoundError):
                raise Unreadable("missing_file", f"names {Path(cell).name[:80]}, and there is no such file") from None
            why = getattr(error, "strerror", None) or str(error)
            raise Unreadable("missing_file", f"names {Path(cell).name[:80]}, which cannot be read: {why}") from None
    if not raw:
        raise Unreadable("broken_media", "names a file of 0 bytes")
    return raw


def content_key(raw: bytes) -> bytes:
    """16 bytes that are equal for equal content, wherever it stands."""
    return hashlib.blake2b(raw, digest_size=16).digest()


def name_of(cell: str | tuple[str, ...] | None) -> str:
    """What people call a picture or sound: its file's name; empty for one that the table itself holds."""
    text = " ".join(cell) if isinstance(cell, tuple) else cell or ""
    return "" if text.startswith(INSIDE) else Path(text).name
