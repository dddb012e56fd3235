"""Where benchmark results go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.results_line import FOLDER, append_line
from tunewright.models.device import machine_sheet

__all__ = ["append"]


def append(name: str, figures: dict[str, Any], folder: Path = FOLDER) -> Path:
    """Add one line to results/NAME.jsonl: when, on this machine as this process uses it, which figures."""
    return append_line(name, figures, machine_sheet().model_dump(mode="json"), folder)
