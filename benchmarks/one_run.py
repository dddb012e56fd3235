"""One training of one side, in a process of its own: `python -m benchmarks.one_run JOB.json OUT.json`.

The parent (`speed.py`) writes the job and reads what comes out; it never loads torch itself.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import math
import os
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch

from benchmarks.flops import flops_of, matmul_peak
from benchmarks.labels import labels_of
from benchmarks.models import model_name
from benchmarks.ours import train_ours
from benchmarks.point import Point
from benchmarks.trainer import train_by_trainer
from benchmarks.work import Work, recipe_fields
from tunewright.evaluation import infer
from tunewright.models.device import best_device, default_token_budget, machine_sheet, thread_count, use_threads
from tunewright.models.precision import choose_precision
from tunewright.pipeline.fit import build_model, measure
from tunewright.pipeline.prepare import Prepared, prepare
from tunewright.recipe import Recipe
from tunewright.tasks import Space
from tunewright.training.observer import Silent

__all__ = ["main", "run_job"]


def main() -> None:
    """Do the job, and leave its figures whole or not at all."""
    job, out = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2])
    with use_threads(thread_count(None)):
        found = run_job(job, out.parent)
    made = out.with_suffix(".part")
    made.write_text(json.dumps(found, indent=1), encoding="utf-8")
    made.replace(out)


def run_job(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Train one side and measure it.

    Args:
        job: `side` (ours, trainer or peak), and for a training `work`, `method`, `seed`, `models` (a folder), for the
            Trainer also `point`; `measured` false skips the quality.
        folder: where what the training writes may go for a while.
    """
    if job["side"] == "peak":
        return {"matmul_peak": matmul_peak(), "machine": machine_sheet().model_dump(mode="json")}
    with tempfile.TemporaryDirectory(prefix="training-", dir=folder) as scratch:
        # an empty cache: what another run has computed and kept (rows, outputs of frozen layers) would be for nothing
        empty = mock.patch.dict(os.environ, {"TUNEWRIGHT_CACHE": str(Path(scratch).resolve() / "cache")})
        with empty:
            found = _trained(job, Path(scratch))
    packages = ("torch", "transformers", "peft", "accelerate", "tunewright")
    return found | {
        "machine": machine_sheet().model_dump(mode="json"),
        "packages": {name: importlib.metadata.version(name) for name in packages},
        "load_average": os.getloadavg()[0],
    }


def _trained(job: dict[str, Any], scratch: Path) -> dict[str, Any]:
    work = Work(**job["work"])
    fields = recipe_fields(work, job["method"], job["seed"], model_name(work.model, Path(job["models"])))
    if job["side"] == "ours":
        return _ours(fields, scratch, work, job["measured"])
    return _trainer(fields, Point(**job["point"]), scratch, work, job["measured"])


def _ours(fields: dict[str, Any], scratch: Path, work: Work, measured: bool) -> dict[str, Any]:
    model, timeline, told = train_ours(fields, scratch / "run")
    prepared = prepare(Recipe(**fields), Silent())
    trained, plain, space = build_model(prepared, torch.device("cpu"))
    figures = timeline.figures(_steps_per_epoch(prepared))
    flops = flops_of(trained, plain)
    return (
        {"figures": figures, "flops_per_second": flops.rate(figures), "flops": flops.record()}
        | told
        | {"rows": _fingerprint(prepared)}
        | (_quality(model, space, prepared, work) if measured else {})
    )


def _trainer(fields: dict[str, Any], point: Point, scratch: Path, work: Work, measured: bool) -> dict[str, Any]:
    training = fields["training"] | ({"attention_dropout": None} if point.attention_dropout else {})
    prepared = prepare(Recipe(**(fields | {"training": training})), Silent())
    model, plain, space = build_model(prepared, torch.device("cpu"))
    flops = flops_of(model, plain)
    timeline, precision = train_by_trainer(model, prepared, point, scratch / "trainer")
    figures = timeline.figures(_steps_per_epoch(prepared), whole=point.compiled)
    # after a compiled run has begun, the rate it goes on at
    settled = timeline.figures(_steps_per_epoch(prepared))
    return {
        "figures": figures,
        "settled_samples_per_second": settled["samples_per_second"],
        "flops_per_second": flops.rate(figures),
        "flops": flops.record(),
        "precision": precision,
        "point": point.record(),
        "rows": _fingerprint(prepared),
    } | (_quality(model.eval(), space, prepared, work) if measured else {})


def _steps_per_epoch(prepared: Prepared) -> int:
    return math.ceil(len(prepared.train.encoded) / prepared.recipe.training.batch_size)


def _fingerprint(prepared: Prepared) -> str:
    """Tells whether two sides had the same rows: token ids, where rows end, and labels."""
    digest = hashlib.sha256()
    encoded = prepared.train.encoded
    for array in (encoded.ids, encoded.offsets, labels_of(prepared)):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]


def _quality(model: Any, space: Space, prepared: Prepared, work: Work) -> dict[str, Any]:
    """Every metric on the test rows, by the same code and in the same precision for every side."""
    test = prepared.test
    if test is None:
        return {}
    if work.test_rows is not None and work.test_rows < len(test):
        test = test.take(np.sort(np.random.default_rng(0).permutation(len(test))[: work.test_rows]))
    device = best_device()
    precision = choose_precision("auto", device).name
    task, inputs = prepared.parts.task, prepared.parts.inputs
    budget = default_token_budget(device)
    outputs = infer(
        model.to(device), test.encoded, inputs, device=device, precision=precision, token_budget=budget, task=task
    )
    values = measure(prepared, space, test, outputs)
    return {"quality": values, "test_rows": len(test)}


if __name__ == "__main__":
    main()
