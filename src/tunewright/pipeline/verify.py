"""Compares what is handed over with what it was made from, on real rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tunewright.errors import VerificationError
from tunewright.evaluation import Split
from tunewright.models.head import head_class
from tunewright.models.source import Source
from tunewright.pipeline.parts import window_overlap
from tunewright.pipeline.prepare import Prepared
from tunewright.records import VerificationCheck
from tunewright.tasks import Space

__all__ = ["compare", "fresh_logits", "logits_one_by_one", "sample_rows"]

_ROWS = 48


def sample_rows(prepared: Prepared, seed: int) -> Split:
    """Up to 48 rows of the measured split, seeded."""
    split = prepared.test or prepared.validation or prepared.train
    chosen = np.random.default_rng(seed).permutation(len(split))[:_ROWS]
    return split.take(np.sort(chosen))


@torch.inference_mode()
def logits_one_by_one(model: nn.Module, rows: Split, prepared: Prepared, device: torch.device) -> NDArray[np.float64]:
    """fp32 outputs as the task takes them, each sample in a batch of its own: the same kernels as `fresh_logits`."""
    outputs = []
    for sample in range(len(rows.encoded)):
        batch = prepared.parts.inputs.collate(rows.encoded, [sample])
        batch = {name: tensor.to(device) for name, tensor in batch.items()}
        outputs.append(prepared.parts.task.outputs(model, batch).double().cpu().numpy())
    return np.concatenate(outputs)


def fresh_logits(folder: Path, rows: Split, prepared: Prepared) -> NDArray[np.float64]:
    """The same from the saved folder, by plain transformers in a new process, from the texts on.

    Raises:
        VerificationError: the folder does not open there.
    """
    parts = prepared.parts
    with tempfile.TemporaryDirectory(prefix="tunewright-") as beside:
        asked = parts.inputs.plainly(rows.table.columns, rows.encoded, Path(beside)) | {
            "folder": str(folder.resolve()),
            "max_length": prepared.max_length,
            "auto_class": head_class(prepared.config, parts.task.auto_class),
            "overlap": window_overlap(prepared.recipe, prepared.max_length),
            "truncation": parts.inputs.truncation if parts.task.in_windows else "longest_first",
            "threads": torch.get_num_threads(),
            "samples": parts.task.asked_anew(parts.inputs, rows.table.columns, rows.encoded),
        }
        if prefix := parts.task.text_prefix():
            asked["texts"] = [prefix + text for text in asked["texts"]]
        done = _answered(asked, parts.inputs.opened_by or parts.task.opened_by)
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit status {done.returncode}"
        raise VerificationError(f"Plain transformers cannot open {folder} in a new process: {last}")
    samples = [np.asarray(logits, dtype=np.float64) for logits in json.loads(done.stdout)["logits"]]
    saved = parts.inputs.read_by(Source(str(folder), str(folder)))
    return parts.task.opened(parts.task.told_anew(samples, rows.encoded).astype(np.float64), saved.config())


def _answered(asked: dict[str, Any], script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(Path(__file__).with_name(script))],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"HF_HUB_OFFLINE": "1", "PYTHONSAFEPATH": "1", "CUDA_VISIBLE_DEVICES": ""},
        check=False,
    )


def compare(
    name: str,
    what: str,
    made: NDArray[np.float64],
    original: NDArray[np.float64],
    prepared: Prepared,
    rows: Split,
    space: Space,
    tolerance: float,
) -> VerificationCheck:
    """The largest difference of two sets of outputs on these rows, relative to their size where that is over 1."""
    difference = float(np.abs(made - original).max())
    scale = max(1.0, float(np.abs(original).max()))
    before, after = (_decided(outputs, prepared, rows, space) for outputs in (original, made))
    return VerificationCheck(
        name=name,
        what=what,
        rows=len(rows),
        max_difference=difference,
        tolerance=tolerance * scale,
        agreement=sum(a == b for a, b in zip(before, after, strict=True)) / len(before),
        passed=bool(difference <= tolerance * scale),
    )


def _decided(outputs: NDArray[np.float64], prepared: Prepared, rows: Split, space: Space) -> list[Any]:
    """What the outputs decide, row by row; of a model that writes, where its highest output stands."""
    task = prepared.parts.task
    if task.generates:
        return list(outputs.argmax(axis=1))
    return task.decide(task.answers(outputs.astype(np.float32), rows.encoded, space), space)
