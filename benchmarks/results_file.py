"""Where benchmark results go."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tunewright.models.device import machine_sheet
from tunewright.pipeline.provenance import now

__all__ = ["append"]

FOLDER = Path(__file__).with_name("results")


def append(name: str, figures: dict[str, Any]) -> Path:
    """Add one line to results/NAME.jsonl: when, on which machine, which figures."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.jsonl"
    line = {"time": now(), "machine": machine_sheet().model_dump(mode="json")} | figures
    with path.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line, ensure_ascii=False) + "\n")
    return path
