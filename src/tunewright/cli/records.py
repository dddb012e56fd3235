"""All records of a run as one JSON object."""

from __future__ import annotations

from typing import Any

from tunewright.records import RunFolder, read_json

__all__ = ["run_records"]


def run_records(folder: RunFolder) -> dict[str, Any]:
    """What `--json` prints for a run: its folder and every record by name."""
    shown: dict[str, Any] = {"run": str(folder.path.resolve()), "model": str(folder.model.resolve())}
    for name, path in (("provenance", folder.provenance), ("audit", folder.audit)):
        if path.is_file():
            shown[name] = read_json(path)
    evaluations = folder.evaluation("quality").parent
    shown["evaluation"] = {path.stem: read_json(path) for path in sorted(evaluations.glob("*.json"))}
    if folder.report.is_file():
        shown["report"] = str(folder.report.resolve())
    return shown
