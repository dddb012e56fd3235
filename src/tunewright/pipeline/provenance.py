"""Gathers where a run comes from."""

from __future__ import annotations

import importlib.metadata
import sys
from datetime import UTC, datetime

from tunewright.models.device import machine_sheet
from tunewright.pipeline.fit import Fitted
from tunewright.pipeline.prepare import Prepared
from tunewright.records import Provenance, TrainingSummary

__all__ = ["begun", "now", "summary"]

_PACKAGES = (
    "torch", "transformers", "peft", "tokenizers", "safetensors", "numpy", "scipy", "scikit-learn", "pyarrow",
    "pydantic",
)  # fmt: skip


def now() -> str:
    """UTC in ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def begun(prepared: Prepared, started: str) -> Provenance:
    """What is known when training starts."""
    return Provenance(
        tunewright=importlib.metadata.version("tunewright"),
        packages={name: importlib.metadata.version(name) for name in _PACKAGES},
        machine=machine_sheet(),
        command=tuple(sys.argv[1:]),
        started=started,
        seed=prepared.recipe.training.seed,
        precision=prepared.recipe.training.precision,
        precision_reason="",
        data_sha256={file.path: file.sha256 for file in prepared.audit.files},
        model_source=prepared.recipe.model,
        model_fingerprint=prepared.source.fingerprint(),
        model_licence=prepared.source.licence(),
    )


def summary(prepared: Prepared, fitted: Fitted) -> TrainingSummary:
    """How the training went."""
    progress = fitted.progress
    seconds = max(progress.seconds, 1e-9)
    parameters = list(fitted.model.parameters())
    return TrainingSummary(
        steps=progress.step,
        epochs=progress.rows / max(1, len(prepared.train.encoded)),
        best_step=progress.best_step or progress.step,
        selected_by=fitted.selection.name,
        best_value=progress.best_value,
        seconds=progress.seconds,
        wall_seconds=progress.wall_seconds,
        rows_per_second=progress.rows / seconds,
        tokens_per_second=progress.real_tokens / seconds,
        padding_share=1.0 - progress.real_tokens / max(1, progress.tokens),
        parameters=sum(p.numel() for p in parameters),
        trainable=sum(p.numel() for p in parameters if p.requires_grad),
        learning_rate=fitted.learning_rate,
        token_budget=progress.token_budget,
        peak_bytes=progress.peak_bytes,
        resumed=progress.resumed,
        stopped_early=progress.stopped_early,
        average_power=prepared.recipe.training.average_power,
    )
