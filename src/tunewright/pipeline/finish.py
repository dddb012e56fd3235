"""From the best weights to `model/` and `adapter/`: merged, saved, opened again, compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from tunewright.errors import VerificationError
from tunewright.models.anatomy import inner_model
from tunewright.models.source import quiet_transformers
from tunewright.pipeline.calibration import calibrated_space
from tunewright.pipeline.fit import Fitted
from tunewright.pipeline.prepare import Prepared
from tunewright.pipeline.verify import compare, fresh_logits, logits_one_by_one, sample_rows
from tunewright.records import RunFolder, Verification, VerificationCheck, write_record
from tunewright.records.checkpoint import commit_folder
from tunewright.tasks import Space
from tunewright.training.observer import Observer

__all__ = ["finish"]

_MERGE_TOLERANCE = 1e-4  # fp32 products summed in another order; measured 1e-6 on common sizes
_SAVE_TOLERANCE = 1e-5  # the same weights and kernels; measured 0 on one machine, GPU against CPU differs more
_SAVE_TOLERANCE_GPU = 1e-3


def finish(fitted: Fitted, prepared: Prepared, folder: RunFolder, observer: Observer) -> tuple[nn.Module, Space]:
    """Write the adapter and the merged model, each checked against the model that was trained.

    Raises:
        VerificationError: a difference is beyond its tolerance; evaluation/verification.json says by how much.
    """
    observer.phase("Writing and verifying the model")
    task, method = prepared.parts.task, prepared.parts.method
    rows = sample_rows(prepared, prepared.recipe.training.seed)
    trained = cast(Any, fitted.model).eval()
    plain = inner_model(trained)
    space = task.fold(plain, calibrated_space(fitted, prepared))
    checks: list[VerificationCheck] = []
    before = logits_one_by_one(trained, rows, prepared, fitted.device)
    commit_adapter = _adapter_writer(prepared, trained)
    if commit_adapter is not None:
        commit_folder(folder.adapter, commit_adapter)
    merged = cast(Any, method.merge(trained)).eval()
    if commit_adapter is not None:
        after = logits_one_by_one(merged, rows, prepared, fitted.device)
        what = "the model with the adapter merged into its weights, with the adapter beside them"
        checks.append(compare("merge", what, after, before, prepared, rows, space, _MERGE_TOLERANCE))
        before = after
    commit_folder(folder.model, lambda target: _write_model(merged, prepared, target))
    saved = fresh_logits(folder.model, rows, prepared)
    what = "model/ opened by plain transformers in a new process, with the model in memory"
    tolerance = _SAVE_TOLERANCE if fitted.device.type == "cpu" else _SAVE_TOLERANCE_GPU
    checks.append(compare("save_load", what, saved, before, prepared, rows, space, tolerance))
    write_record(folder.verification, Verification(checks=tuple(checks)))
    for check in checks:
        if not check.passed:
            raise VerificationError(
                f"The check {check.name!r} failed: {check.what} differ by {check.max_difference:.2g}, allowed is "
                f"{check.tolerance:.2g}.\n  Do not use {folder.model}. The figures are in {folder.verification}."
            )
    return merged, space


def _adapter_writer(prepared: Prepared, trained: nn.Module) -> Any:
    """Writes the adapter into a folder, or None for methods that add nothing."""
    if not prepared.parts.method.adds:
        return None

    def write(target: Path) -> None:
        with quiet_transformers():
            prepared.parts.method.save_adapter(trained, target)

    return write


def _write_model(merged: Any, prepared: Prepared, target: Path) -> None:
    with quiet_transformers(), torch.no_grad():
        merged.save_pretrained(str(target))
        prepared.tokenizer.save_pretrained(str(target))
        prepared.parts.task.write_beside(target, merged.config, prepared.max_length)
