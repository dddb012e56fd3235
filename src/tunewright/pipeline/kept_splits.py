"""Splits, space and audit written to a folder as they are made, and opened from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunewright.data.kept_table import open_table, write_table
from tunewright.data.table import Table
from tunewright.errors import RunError
from tunewright.evaluation import Split
from tunewright.inputs.kept_rows import RowsWriter, open_rows
from tunewright.records import Audit, read_json, read_record, write_json, write_record
from tunewright.records.arrays import mapped, write_array
from tunewright.tasks import Space, Task
from tunewright.tasks.task import Truth

__all__ = ["begin_rows", "open_splits", "seal_splits", "write_split"]

_INDEX, _AUDIT = "splits.json", "audit.json"


def begin_rows(folder: Path, name: str) -> RowsWriter:
    """Where the tokens of a split are written, after those that an earlier process wrote."""
    place = folder / name / "rows"
    place.mkdir(parents=True, exist_ok=True)
    return RowsWriter(place)


def write_split(folder: Path, name: str, table: Table, truth: Truth) -> dict[str, Any]:
    """Write what is not tokens of a split; answers what `seal_splits` must be told of it."""
    place = folder / name / "table"
    place.mkdir(parents=True, exist_ok=True)
    return {"table": write_table(place, table), "truth": _write_truth(folder / name, truth)}


def seal_splits(folder: Path, splits: Mapping[str, dict[str, Any]], space: Space, audit: Audit) -> None:
    """Write the index, last: a folder without it is not finished."""
    write_record(folder / _AUDIT, audit)
    write_json(folder / _INDEX, {"splits": dict(splits), "space": _space_as_json(space)})


def open_splits(
    folder: Path, task: Task, target: str, preprocessor: Any = None
) -> tuple[dict[str, Split], Space, Audit]:
    """What was sealed there. Truth and space of a kind that is not written are made again from the target's cells.

    Args:
        folder: where it was sealed.
        task: what is learned.
        target: the column to be predicted.
        preprocessor: what rows were prepared with; pictures and sounds need it again in every batch.

    Raises:
        RunError: the folder holds something else.
    """
    index = read_json(folder / _INDEX)
    try:
        tables = {name: open_table(folder / name / "table", one["table"]) for name, one in index["splits"].items()}
        encoded = {
            name: open_rows(folder / name / "rows", one["rows"], preprocessor) for name, one in index["splits"].items()
        }
        space = _space_of_json(index["space"]) if index["space"] else None
        if space is None:
            space = task.space(tables["train"].column(target), target, encoded["train"])
        truths = {name: _open_truth(folder / name, one["truth"]) for name, one in index["splits"].items()}
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{folder / _INDEX} does not describe prepared data: {error}.") from error
    splits = {}
    for name, truth in truths.items():
        known = truth if truth is not None else task.encode(tables[name].column(target), space, encoded[name])
        splits[name] = Split(name, tables[name], encoded[name], known)
    return splits, space, read_record(folder / _AUDIT, Audit)


def _write_truth(place: Path, truth: Truth) -> dict[str, Any] | None:
    if not isinstance(truth, np.ndarray) or truth.dtype.kind not in "iufb":
        return None
    return {"dtype": write_array(place / "truth", truth), "shape": list(truth.shape)}


def _open_truth(place: Path, described: Mapping[str, Any] | None) -> NDArray[Any] | None:
    if described is None:
        return None
    # in memory: PyTorch takes no array that must not be written to
    return np.array(mapped(place / "truth", described["dtype"])).reshape(described["shape"])


def _space_as_json(space: Space) -> dict[str, Any] | None:
    """None for a space that would come back as another one."""
    written: dict[str, Any] = json.loads(json.dumps(asdict(space))) if type(space) is Space else {}
    return written if written and _space_of_json(written) == space else None


def _space_of_json(written: Mapping[str, Any]) -> Space:
    return Space(**{name: _tuple(value) for name, value in written.items()})


def _tuple(value: Any) -> Any:
    """JSON has no tuples; the fields of a space are texts, numbers and tuples of them."""
    return tuple(_tuple(item) for item in value) if isinstance(value, list) else value
