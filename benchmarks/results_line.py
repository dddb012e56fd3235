"""A line of results, for those that do not load torch: everybody else uses `results_file.append`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

__all__ = ["FOLDER", "ROOT", "append_line"]

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(__file__).with_name("results")


def append_line(name: str, figures: dict[str, Any], machine: dict[str, Any], folder: Path = FOLDER) -> Path:
    """Add one line to results/NAME.jsonl: when, on which machine, which figures.

    Args:
        name: of the benchmark.
        figures: what was measured.
        machine: sheet of the machine, as the process that computed saw it (`machine_sheet`).
        folder: where the file stands.
    """
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.jsonl"
    line = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine} | figures
    with path.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line, ensure_ascii=False) + "\n")
    return path
