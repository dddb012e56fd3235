"""Takes a file from disk as bytes, and describes it for the audit."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

from tunewright.data.table import shown
from tunewright.errors import DataError, Problem, UserError
from tunewright.records import SourceFile

__all__ = ["Role", "describe", "load", "refuse_binary"]

Role = Literal["train", "validation", "test", "predict"]

_SIGNATURES = (
    (b"PK\x03\x04", "a zip archive (an Excel, Word or zip file)", "Save the table as CSV (UTF-8), or unpack it."),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file", "Save the table as CSV (UTF-8)."),
    (b"\x1f\x8b", "compressed with gzip", "Unpack it: gunzip FILE"),
    (b"BZh", "compressed with bzip2", "Unpack it: bunzip2 FILE"),
    (b"\xfd7zXZ", "compressed with xz", "Unpack it: unxz FILE"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "Unpack it: unzstd FILE"),
    (b"7z\xbc\xaf", "a 7z archive", "Unpack it."),
    (b"PAR1", "a Parquet file", "Rename it to end in .parquet."),
    (b"ARROW1", "an Arrow file", "Write it as Parquet or CSV."),
    (b"SQLite format 3", "a SQLite database", "Export the table as CSV."),
    (b"%PDF", "a PDF", "Export the table as CSV."),
    (b"\x89PNG", "an image", ""),
    (b"\xff\xd8\xff", "an image", ""),
    (b"\x7fELF", "a program", ""),
    (
        b"\x80\x04\x95",
        "a Python pickle",
        "Pickles can run code and are never opened. Write the table as CSV or Parquet.",
    ),
    (b"version https://git-lfs", "a Git LFS pointer, not the data", "Fetch the data: git lfs pull"),
    (b"<!DOCTYPE html", "a web page", "The download gave a page instead of the file."),
    (b"<html", "a web page", "The download gave a page instead of the file."),
    (b"<?xml", "an XML document", "Export the table as CSV."),
)
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\x0b\x0c\r\x1a\x1b")


def load(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        UserError: the file is missing, no file, or may not be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        near = sorted(p.name for p in path.parent.glob("*") if p.is_file())[:8] if path.parent.is_dir() else []
        beside = f"\n  In that folder: {', '.join(near)}." if near else ""
        raise UserError(f"There is no file {shown(path)}.{beside}") from None
    except IsADirectoryError:
        raise UserError(f"{shown(path)} is a folder where a file is wanted.") from None
    except PermissionError:
        raise UserError(f"{shown(path)} may not be read by this user.\n  Type: chmod u+r {shown(path)}") from None
    except OSError as error:
        raise UserError(f"{shown(path)} cannot be read: {error.strerror or error}.") from None


def refuse_binary(raw: bytes, path: Path) -> None:
    """Raise DataError when the bytes are no text table, whatever the file is called."""
    if not raw.strip(b" \t\r\n\xef\xbb\xbf"):
        raise DataError(
            f"{shown(path)} is empty.",
            [
                Problem(
                    shown(path), "holds no rows", "An export that failed leaves such a file: check where it came from."
                )
            ],
        )
    head = raw[:64].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    for signature, what, hint in _SIGNATURES:
        if raw.startswith(signature) or head.startswith(signature.lower()):
            raise DataError(f"{shown(path)} is no table of text.", [Problem(shown(path), f"is {what}", hint)])
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return
    sample = raw[:65536]
    controls = sum(sample.count(byte) for byte in _CONTROLS if byte)
    zeros = sample.count(0)
    wide = max(sample[0::2].count(0), sample[1::2].count(0))
    scattered = zeros > 0.05 * len(sample) and wide < 0.9 * zeros
    if controls > max(8, 0.02 * len(sample)) or scattered:
        raise DataError(
            f"{shown(path)} is no text.",
            [Problem(shown(path), f"{controls + zeros} of its first {len(sample)} bytes are control characters")],
            "Rows are read from csv, tsv, jsonl, json and parquet files. Write the table in one of these.",
        )


def describe(
    path: Path | str,
    raw: bytes,
    *,
    format: str,
    role: Role,
    rows: int,
    columns: tuple[str, ...],
    encoding: str = "",
    encoding_detected: bool = True,
    delimiter: str = "",
    quoting: bool = True,
    header: bool = True,
) -> SourceFile:
    """The audit's record of one file."""
    return SourceFile(
        path=str(path),
        sha256=hashlib.sha256(raw).hexdigest(),
        bytes=len(raw),
        format=format,
        encoding=encoding,
        encoding_detected=encoding_detected,
        delimiter=delimiter,
        rows=rows,
        columns=columns,
        role=role,
        quoting=quoting,
        header=header,
    )
