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
import torch
from numpy.typing import NDArray

from tunewright.evaluation import Split, infer
from tunewright.models.device import best_device, default_token_budget
from tunewright.models.load_options import LoadOptions
from tunewright.pipeline.prepare import Prepared
from tunewright.pipeline.store import Store
from tunewright.records.arrays import mapped, write_array
from tunewright.training.observer import Observer

__all__ = ["with_reference"]

_FILE = "reference"
_PRECISION = "fp32"


def with_reference(prepared: Prepared, observer: Observer) -> Prepared:
    """The same with the reference's outputs as the truth of each split, where the task refers to it."""
    if not prepared.parts.task.refers:
        return prepared
    splits = {name: getattr(prepared, name) for name in ("train", "validation", "test")}
    given = {name: split for name, split in splits.items() if split is not None}
    key = _key(prepared, given)
    store = Store.at(key)
    folder = store.open(observer.note) if store else None
    if folder is not None:
        kept = {name: np.array(mapped(folder / f"{_FILE}-{name}", "float32")).reshape(-1, 2) for name in given}
        return _filled(prepared, given, kept)
    observer.phase("Computing what the model says before the training, once")
    found = _computed(prepared, given)
    if store is not None:

        def write(work: Path) -> None:
            for name, values in found.items():
                write_array(work / f"{_FILE}-{name}", values)

        store.keep(write, observer.note)
    return _filled(prepared, given, found)


def _computed(prepared: Prepared, given: dict[str, Split]) -> dict[str, NDArray[np.float32]]:
    """Outputs of the model that the training begins with, in fp32, without dropout."""
    device, task = best_device(), prepared.parts.task
    seed, pad = prepared.recipe.training.seed, prepared.tokenizer.pad_token_id
    model = task.model(prepared.source, prepared.space, LoadOptions(pad, seed)).to(device).eval()
    budget = prepared.recipe.training.token_budget or default_token_budget(device)
    with torch.no_grad():
        return {
            name: infer(
                model, split.encoded, prepared.parts.inputs,
                device=device, precision=_PRECISION, token_budget=budget, task=task,
            )
            for name, split in given.items()
        }  # fmt: skip


def _filled(prepared: Prepared, given: dict[str, Split], values: dict[str, NDArray[np.float32]]) -> Prepared:
    changed = {
        name: Split(split.name, split.table, split.encoded, values[name].astype(np.float32))
        for name, split in given.items()
    }
    return replace(prepared, **changed)  # type: ignore[arg-type]


def _key(prepared: Prepared, splits: dict[str, Split]) -> str:
    """A hash over weights, precision, versions, and the rows of each split under its name."""
    versions = [importlib.metadata.version(name) for name in ("tunewright", "torch", "transformers")]
    digest = hashlib.sha256("|".join(["reference", *versions, _PRECISION, prepared.source.fingerprint()]).encode())
    for name, split in splits.items():
        for what in ("ids", "offsets", "marks"):
            array = getattr(split.encoded, what)
            digest.update(f"|{name}.{what}:{-1 if array is None else len(array)}|".encode())
            if array is not None:
                digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
