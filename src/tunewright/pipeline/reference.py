"""What the model says before the training, for tasks that measure how far it has moved from there.

It is computed once and kept in the cache, under a hash of what it follows from: weights, rows, splits and precision. A
run that goes on, and a later evaluation, read it there. Its values are part of no fingerprint: another device computes
others in their last digits, and a run may go on there.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tunewright.evaluation import Split
from tunewright.pipeline.before_training import PRECISION, outputs_before
from tunewright.pipeline.prepare import Prepared
from tunewright.pipeline.store import remembered
from tunewright.records.arrays import mapped, write_array
from tunewright.training.observer import Observer

__all__ = ["with_reference"]

_FILE = "reference"

_Said = dict[str, NDArray[np.float32]]
"""Outputs by the name of their split."""


def with_reference(prepared: Prepared, observer: Observer) -> Prepared:
    """The same with the reference's outputs as the truth of each split, where the task refers to it."""
    if not prepared.parts.task.refers:
        return prepared
    splits = {name: getattr(prepared, name) for name in ("train", "validation", "test")}
    given = {name: split for name, split in splits.items() if split is not None}

    def read(folder: Path) -> _Said:
        return {name: np.array(mapped(folder / f"{_FILE}-{name}", "float32")).reshape(-1, 2) for name in given}

    def make() -> _Said:
        observer.phase("Computing what the model says before the training, once")
        outputs = outputs_before(prepared, [split.encoded for split in given.values()])
        return dict(zip(given, outputs, strict=True))

    def write(found: _Said, work: Path) -> None:
        for name, values in found.items():
            write_array(work / f"{_FILE}-{name}", values)

    found = remembered(_key(prepared, given), read=read, make=make, write=write, note=observer.note)
    return _filled(prepared, given, found)


def _filled(prepared: Prepared, given: dict[str, Split], values: _Said) -> Prepared:
    changed = {
        name: Split(split.name, split.table, split.encoded, values[name].astype(np.float32))
        for name, split in given.items()
    }
    return replace(prepared, **changed)  # type: ignore[arg-type]


def _key(prepared: Prepared, splits: dict[str, Split]) -> str:
    """A hash over weights, precision, versions, and the rows of each split under its name."""
    versions = [importlib.metadata.version(name) for name in ("tunewright", "torch", "transformers")]
    digest = hashlib.sha256("|".join(["reference", *versions, PRECISION, prepared.source.fingerprint()]).encode())
    for name, split in splits.items():
        for what in ("ids", "offsets", "marks"):
            array = getattr(split.encoded, what)
            digest.update(f"|{name}.{what}:{-1 if array is None else len(array)}|".encode())
            if array is not None:
                digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
