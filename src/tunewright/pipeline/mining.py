"""Finds wrong partners that look right before training begins, with the model as it comes.

They are found once and kept in the cache, under a hash of weights and rows: a run that goes on, and every other process
of the job, reads them there.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from dataclasses import replace
from pathlib import Path

import numpy as np

from tunewright.data.findings import rows as counted
from tunewright.evaluation import Split
from tunewright.inputs.wrong_partners import second_texts
from tunewright.pipeline.before_training import outputs_before
from tunewright.pipeline.prepare import Prepared
from tunewright.pipeline.store import remembered
from tunewright.records import Finding
from tunewright.records.arrays import mapped, write_array
from tunewright.tasks.hard_negatives import Mined, nearest_wrong
from tunewright.tasks.partners import Partners, text_numbers
from tunewright.training.observer import Observer

__all__ = ["with_mined"]

_PICKS, _PASSED = "picks", "passed_over"


def with_mined(prepared: Prepared, observer: Observer) -> Prepared:
    """The same with wrong partners for the training rows, where the task asks for some, and an account of them in the
    audit."""
    sought = prepared.parts.task.sought
    if sought is None:
        return prepared
    train = prepared.train
    numbers = text_numbers(train.encoded)
    found = _kept_or_found(prepared, *sought, observer)
    texts = second_texts(train.encoded, Partners(numbers, None).candidates)
    encoded = replace(train.encoded, negatives=texts, picks=found.picks)
    split = Split(train.name, train.table, encoded, text_numbers(encoded))
    findings = (*prepared.audit.findings, _told(found, sought[1]))
    return replace(prepared, train=split, audit=prepared.audit.model_copy(update={"findings": findings}))


def _kept_or_found(prepared: Prepared, most: int, margin: float, observer: Observer) -> Mined:
    def read(folder: Path) -> Mined:
        picks = np.array(mapped(folder / _PICKS, "int64")).reshape(-1, most)
        return Mined(picks, np.array(mapped(folder / _PASSED, "int64")))

    def make() -> Mined:
        observer.phase("Looking for wrong partners that look right, once")
        (outputs,) = outputs_before(prepared, [prepared.train.encoded])
        return nearest_wrong(prepared.parts.task.answers(outputs, prepared.train.encoded, prepared.space), most, margin)

    def write(found: Mined, work: Path) -> None:
        write_array(work / _PICKS, found.picks)
        write_array(work / _PASSED, found.passed_over)

    return remembered(_key(prepared, most, margin), read=read, make=make, write=write, note=observer.note)


def _told(found: Mined, margin: float) -> Finding:
    per_row = (found.picks >= 0).sum(axis=1)
    none, over = int((per_row == 0).sum()), int((found.passed_over > 0).sum())
    return Finding(
        code="mined",
        severity="info",
        title=f"{int(per_row.sum()):,} wrong partners were found for {counted(len(per_row))} of training, by the "
        f"pretrained model; {none:,} rows have none. For {over:,} rows texts were passed over that may be right "
        f"({int(found.passed_over.sum()):,} in all)",
        count=int((per_row > 0).sum()),
        harm="A text that is right in other words, taken for wrong, is unlearned. Passed over is what is nearer than "
        f"{margin:g} times the row's own partner.",
        advice="Where many answers are right for many questions, lower task.negative_margin.",
    )


def _key(prepared: Prepared, most: int, margin: float) -> str:
    versions = [importlib.metadata.version(name) for name in ("tunewright", "torch", "transformers", "numpy")]
    said = "|".join(["mined", *versions, str(most), repr(margin), prepared.source.fingerprint()])
    digest = hashlib.sha256(said.encode())
    encoded = prepared.train.encoded
    for array in (encoded.ids, encoded.offsets, encoded.second):
        if array is not None:
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
