"""Folders that are either whole or not there: how checkpoints and models reach the disk.

Protocol: write into `.tmp-*` beside the target, fsync every file, write MANIFEST.json (size and sha256 of every file)
last, rename, fsync the parent, only then prune. A reader takes a folder only if its manifest matches.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunewright.errors import ResourceError
from tunewright.records.files import disk_trouble, fsync_folder, sha256_of

__all__ = ["MANIFEST", "Found", "commit_folder", "damage", "forget", "newest_valid", "prune", "sweep"]

MANIFEST = "MANIFEST.json"
_STEP = re.compile(r"step-(\d{6,})")


def commit_folder(target: Path, write: Callable[[Path], None]) -> Path:
    """Let `write` fill a temporary folder, seal it with a manifest, and move it to `target` in one rename.

    An existing target is replaced: it is moved aside first and removed last, so that a kill at any instant leaves the
    old or the new one under a name that `sweep` and `newest_valid` understand.

    Raises:
        ResourceError: the disk is full or takes no writing; the target is as it was.
    """
    temporary = aside = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".tmp-{target.name}-", dir=target.parent))
        temporary.chmod(0o755)
        write(temporary)
        _seal(temporary)
        if target.exists():
            aside = Path(tempfile.mkdtemp(prefix=f".old-{target.name}-", dir=target.parent))
            target.rename(aside / "was")
        temporary.rename(target)
        fsync_folder(target.parent)
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)
    except BaseException as error:
        if aside is not None:
            _put_back(aside, target)
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
        trouble = disk_trouble(error)
        if trouble:
            raise ResourceError(f"{trouble}: {target} could not be written. Make room for it, then resume.") from error
        raise
    return target


def _put_back(aside: Path, target: Path) -> None:
    """Give a target that was moved aside its place again, unless its replacement has it; then clear away."""
    if (aside / "was").exists() and not target.exists():
        (aside / "was").rename(target)
    shutil.rmtree(aside, ignore_errors=True)


def _seal(folder: Path) -> None:
    entries = {}
    for file in sorted(p for p in folder.rglob("*") if p.is_file()):
        file.chmod(0o644)
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
        entries[file.relative_to(folder).as_posix()] = {"bytes": file.stat().st_size, "sha256": sha256_of(file)}
    with (folder / MANIFEST).open("w", encoding="utf-8") as out:
        json.dump({"files": entries, "seal": _seal_of(entries)}, out, indent=2)
        out.flush()
        os.fsync(out.fileno())
    for inner in (p for p in folder.rglob("*") if p.is_dir()):
        fsync_folder(inner)
    fsync_folder(folder)


def _seal_of(entries: dict[str, dict[str, Any]]) -> str:
    """A hash over the list itself: an entry lost from it would let a damaged file pass as one of no concern."""
    return hashlib.sha256(json.dumps(entries, sort_keys=True).encode()).hexdigest()


def damage(folder: Path) -> str | None:
    """What is wrong with a sealed folder (`model.safetensors is missing`), or None when every file is as written."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        entries = manifest["files"]
        if manifest["seal"] != _seal_of(entries):
            return f"{MANIFEST} has changed since it was written"
        entries = {str(name): {"bytes": entry["bytes"], "sha256": entry["sha256"]} for name, entry in entries.items()}
    except FileNotFoundError:
        return f"{MANIFEST} is missing"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return f"{MANIFEST} is damaged"
    for name, entry in entries.items():
        file = folder / name
        if not file.is_file():
            return f"{name} is missing"
        if file.stat().st_size != entry["bytes"]:
            return f"{name} holds {file.stat().st_size} bytes instead of {entry['bytes']}"
        if sha256_of(file) != entry["sha256"]:
            return f"{name} has changed since it was written"
    return None


@dataclass(frozen=True, slots=True)
class Found:
    """The newest checkpoint that is whole, and those that were passed over with the reason."""

    folder: Path | None
    step: int
    rejected: tuple[tuple[str, str], ...]


def newest_valid(checkpoints: Path, refuse: Callable[[Path], str | None] = lambda folder: None) -> Found:
    """Look through `step-*` folders from the newest down, checking every byte.

    Args:
        checkpoints: the folder that holds them.
        refuse: what else speaks against a whole checkpoint, or None.
    """
    rejected: list[tuple[str, str]] = []
    for step, folder in sorted(_steps(checkpoints), reverse=True):
        problem = damage(folder) or refuse(folder)
        if problem is None:
            return Found(folder, step, tuple(rejected))
        rejected.append((folder.name, problem))
    return Found(None, 0, tuple(rejected))


def prune(checkpoints: Path, keep: int, also: Iterable[int] = ()) -> None:
    """Remove all but the `keep` newest checkpoints and the steps in `also`. Call only after a commit."""
    spared = set(also)
    for rank, (step, folder) in enumerate(sorted(_steps(checkpoints), reverse=True)):
        if rank >= keep and step not in spared:
            shutil.rmtree(folder, ignore_errors=True)


def forget(checkpoints: Path, after: int) -> None:
    """Remove the checkpoints of later steps: they were passed over, and `prune` would take them for the newest."""
    for step, folder in _steps(checkpoints):
        if step > after:
            shutil.rmtree(folder, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Clear away what a kill left: unfinished `.tmp-*`, and `.old-*` whose replacement did or did not arrive."""
    if not folder.is_dir():
        return
    for left in folder.glob(".old-*"):
        _put_back(left, folder / re.sub(r"^\.old-(.*)-[^-]*$", r"\1", left.name))
    for left in folder.glob(".tmp-*"):
        shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)


def _steps(checkpoints: Path) -> list[tuple[int, Path]]:
    if not checkpoints.is_dir():
        return []
    matches = ((_STEP.fullmatch(p.name), p) for p in checkpoints.iterdir() if p.is_dir())
    return [(int(m[1]), p) for m, p in matches if m]
