"""The evaluation stage: every probe of the recipe on one model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import torch
from torch import nn

from tunewright.evaluation import Probe, Subject
from tunewright.models.device import default_token_budget
from tunewright.models.packing import packed_rows
from tunewright.models.precision import PrecisionName, answer_precision
from tunewright.pipeline.before_training import first_model
from tunewright.pipeline.parts import window_overlap
from tunewright.pipeline.prepare import Prepared
from tunewright.recipe import Part
from tunewright.records import RunFolder, write_record
from tunewright.tasks import Space
from tunewright.training.observer import Observer

__all__ = ["appraise"]


def appraise(
    model: nn.Module,
    space: Space,
    prepared: Prepared,
    folder: RunFolder,
    probes: Iterable[Part],
    *,
    device: torch.device,
    precision: PrecisionName,
    training_peak_bytes: int | None,
    observer: Observer,
    source: str = "",
) -> None:
    """Run the probes; each leaves `evaluation/<kind>.json`. `source` names files that the run's recipe does not."""
    precision = answer_precision(precision, space.kind in ("number", "vectors"))
    subject = Subject(
        model=model.eval(),
        pretrained=lambda: prepared.source.encoder().to(device),
        tokenizer=prepared.tokenizer,
        task=prepared.parts.task,
        inputs=prepared.parts.inputs,
        space=space,
        train=prepared.train,
        validation=prepared.validation,
        test=prepared.test,
        device=device,
        precision=precision,
        token_budget=prepared.recipe.training.token_budget or default_token_budget(device),
        max_length=prepared.max_length,
        folder=folder,
        seed=prepared.recipe.training.seed,
        training_peak_bytes=training_peak_bytes,
        report_progress=observer.phase,
        overlap=window_overlap(prepared.recipe, prepared.max_length),
        learned={split.name: split.learned for split in prepared.audit.splits},
        source=source,
        base=lambda: first_model(prepared, space).to(device),
    )
    with packed_rows(model, device, precision, subject.task.takes_packed):
        for probe in probes:
            observer.phase(f"Measuring {probe.kind}")
            write_record(folder.evaluation(probe.kind), cast(Probe, probe).measure(subject))
