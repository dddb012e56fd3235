"""Writing that a kill or a full disk cannot leave half done, and reading that says what is wrong."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from tunewright.errors import ResourceError, RunError
from tunewright.records.record import Record

__all__ = [
    "disk_trouble",
    "fsync_folder",
    "read_json",
    "read_record",
    "sha256_of",
    "write_json",
    "write_record",
    "write_text",
]

R = TypeVar("R", bound=Record)


def write_text(path: Path, text: str) -> Path:
    """Replace a file whole: temporary file beside it, fsync, rename, fsync of the folder.

    Raises:
        ResourceError: the disk is full or takes no writing; the old file is untouched.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".tmp-{path.name}-", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
        fsync_folder(path.parent)
    except BaseException as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        trouble = disk_trouble(error)
        if trouble:
            raise ResourceError(f"{trouble}: {path} could not be written. Make room for it and try again.") from error
        raise
    return path


def write_json(path: Path, data: Mapping[str, Any]) -> Path:
    """Write a mapping as indented UTF-8 JSON, atomically."""
    return write_text(path, json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def write_record(path: Path, record: Record) -> Path:
    """Write a record as JSON, atomically."""
    return write_text(path, record.model_dump_json(indent=2) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON mapping.

    Raises:
        RunError: the file is missing or damaged.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(f"{path} is missing: the run was not finished, or its folder was changed by hand.") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise RunError(f"{path} is damaged: {error}.") from None
    if not isinstance(data, dict):
        raise RunError(f"{path} is damaged: it holds no JSON object.")
    return data


def read_record(path: Path, kind: type[R]) -> R:
    """Read a record back.

    Raises:
        RunError: the file is missing, damaged, or holds another kind of record.
    """
    try:
        return kind.model_validate(read_json(path))
    except ValidationError as error:
        raise RunError(f"{path} is not a {kind.__name__} record: {error.errors()[0]['msg']}.") from None


def sha256_of(path: Path) -> str:
    """Hex digest of a file's bytes, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


_TROUBLES = {
    errno.ENOSPC: "The disk is full",
    errno.EDQUOT: "The disk is full (your quota of it)",
    errno.EFBIG: "A file would be larger than is allowed here (see: ulimit -f)",
    errno.EROFS: "The disk can only be read",
    errno.EIO: "The disk failed (I/O error)",
    errno.ESTALE: "The network disk has lost the file",
}


def disk_trouble(error: BaseException) -> str | None:
    """What an error says is wrong with the disk (`The disk is full`), or None when it is about something else.

    safetensors and tokenizers write in Rust and raise plain exceptions, with the number in the text.
    """
    in_text = re.search(r"\(os error (\d+)\)", str(error))
    return _TROUBLES.get(int(in_text[1]) if in_text else getattr(error, "errno", None) or 0)


def fsync_folder(folder: Path) -> None:
    """Make renames in a folder survive a power cut, where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
