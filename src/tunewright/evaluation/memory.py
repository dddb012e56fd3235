"""What the model occupies: on disk, as weights, and while it answers."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import torch
from pydantic import Field

from tunewright import records
from tunewright.evaluation.resident import ResidentPeak
from tunewright.evaluation.subject import Probe, Subject
from tunewright.models.device import machine_sheet

__all__ = ["Memory"]


class Memory(Probe):
    """Bytes on disk, of the weights, and at the peak of training and of one forward."""

    kind: Literal["memory"] = "memory"
    """Which probe this is."""
    batch_size: int = Field(default=32, ge=1)
    """Rows of the forward whose peak is measured: the longest of the measured split."""

    def measure(self, subject: Subject) -> records.Memory:
        """Count and weigh the model, and watch one forward.

        The growth is over the idle process: resident memory on a CPU, memory allocated by torch on a GPU. The rows go
        through the model as in prediction, under the token budget.
        """
        subject.report_progress(f"Watching memory in a forward, batch size {self.batch_size}")
        parameters = list(subject.model.parameters())
        adapter = subject.folder.adapter
        return records.Memory(
            disk_bytes=_bytes_in(subject.folder.model),
            adapter_bytes=_bytes_in(adapter) if adapter.is_dir() else None,
            parameters=sum(parameter.numel() for parameter in parameters),
            weights_bytes=sum(parameter.numel() * parameter.element_size() for parameter in parameters),
            training_peak_bytes=subject.training_peak_bytes,
            inference_peak_bytes=self._peak(subject),
            machine=machine_sheet(),
        )

    def _peak(self, subject: Subject) -> int:
        encoded = subject.measured.encoded
        longest = np.argsort(-encoded.lengths, kind="stable")[: self.batch_size]
        batch = encoded.take(longest)

        def forward() -> None:
            # the longest windows alone are no whole rows, of which a task could tell its answers
            _ = subject.answers(batch) if subject.task.generates else subject.outputs(batch)

        forward()  # what a first call sets up once (kernels, caches) is no part of a call
        if subject.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(subject.device)
            before = torch.cuda.memory_allocated(subject.device)
            forward()
            return int(torch.cuda.max_memory_allocated(subject.device) - before)
        with ResidentPeak() as peak:
            forward()
        return peak.growth


def _bytes_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
