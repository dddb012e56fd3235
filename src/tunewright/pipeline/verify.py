"""Compares what is handed over with what it was made from, on real rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tunewright.errors import VerificationError
from tunewright.evaluation import Split
from tunewright.pipeline.prepare import Prepared, window_overlap
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
    texts = prepared.parts.inputs.texts(rows.table.columns)
    paired = bool(texts) and isinstance(texts[0], tuple)
    asked = {
        "folder": str(folder.resolve()),
        "texts": [text[0] for text in texts] if paired else texts,
        "pairs": [text[1] for text in texts] if paired else None,
        "max_length": prepared.max_length,
        "auto_class": prepared.parts.task.auto_class,
        "truncation": prepared.parts.inputs.truncation,
        "overlap": window_overlap(prepared.recipe, prepared.max_length),
        "threads": torch.get_num_threads(),
    }
    script = Path(__file__).with_name("fresh_load.py")
    done = subprocess.run(
        [sys.executable, str(script)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"HF_HUB_OFFLINE": "1", "PYTHONSAFEPATH": "1", "CUDA_VISIBLE_DEVICES": ""},
        check=False,
    )
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit status {done.returncode}"
        raise VerificationError(f"Plain transformers cannot open {folder} in a new process: {last}")
    samples = [np.asarray(logits, dtype=np.float64) for logits in json.loads(done.stdout)["logits"]]
    return np.concatenate(samples) if prepared.parts.task.per_token else np.stack(samples)


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
    task = prepared.parts.task
    difference = float(np.abs(made - original).max())
    scale = max(1.0, float(np.abs(original).max()))
    before = task.decide(task.answers(original.astype(np.float32), rows.encoded, space), space)
    after = task.decide(task.answers(made.astype(np.float32), rows.encoded, space), space)
    return VerificationCheck(
        name=name,
        what=what,
        rows=len(rows),
        max_difference=difference,
        tolerance=tolerance * scale,
        agreement=sum(a == b for a, b in zip(before, after, strict=True)) / len(before),
        passed=bool(difference <= tolerance * scale),
    )
