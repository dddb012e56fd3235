"""Splits, space and audit written to a folder as they are made, and opened from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
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
from tunewright.tasks import Space

__all__ = ["RowsWriter", "begin_rows", "open_splits", "seal_splits", "write_split"]

_INDEX, _AUDIT = "splits.json", "audit.json"


def begin_rows(folder: Path, name: str) -> RowsWriter:
    """Where the tokens of a split are written, after those that an earlier process wrote."""
    place = folder / name / "rows"
    place.mkdir(parents=True, exist_ok=True)
    return RowsWriter(place)


def write_split(
    folder: Path, name: str, table: Table, truth: NDArray[Any], rows: RowsWriter
) -> tuple[Split, dict[str, Any]]:
    """Write what is not tokens of a split; answers it as it lies on disk, and what `seal_splits` must be told."""
    place = folder / name / "table"
    place.mkdir(parents=True, exist_ok=True)
    described = {"rows": rows.close(), "table": write_table(place, table), "truth": _write_truth(folder / name, truth)}
    return _open_split(folder, name, described), described


def seal_splits(folder: Path, splits: Mapping[str, dict[str, Any]], space: Space, audit: Audit) -> None:
    """Write the index, last: a folder without it is not finished."""
    write_record(folder / _AUDIT, audit)
    write_json(folder / _INDEX, {"splits": dict(splits), "space": asdict(space)})


def open_splits(folder: Path) -> tuple[dict[str, Split], Space, Audit]:
    """What was sealed there.

    Raises:
        RunError: the folder holds something else.
    """
    index = read_json(folder / _INDEX)
    try:
        splits = {name: _open_split(folder, name, described) for name, described in index["splits"].items()}
        known = {field.name for field in fields(Space)}
        space = Space(**{name: _tuple(value) for name, value in index["space"].items() if name in known})
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{folder / _INDEX} does not describe prepared data: {error}.") from error
    return splits, space, read_record(folder / _AUDIT, Audit)


def _open_split(folder: Path, name: str, described: Mapping[str, Any]) -> Split:
    place = folder / name
    truth = described["truth"]
    return Split(
        name,
        open_table(place / "table", described["table"]),
        open_rows(place / "rows", described["rows"]),
        # in memory: PyTorch takes no array that must not be written to
        np.array(mapped(place / "truth", truth["dtype"])).reshape(truth["shape"]),
    )


def _write_truth(place: Path, truth: NDArray[Any]) -> dict[str, Any]:
    if truth.dtype.kind not in "iufb":
        raise TypeError(f"targets of type {truth.dtype} are not kept")
    return {"dtype": write_array(place / "truth", truth), "shape": list(truth.shape)}


def _tuple(value: Any) -> Any:
    """JSON has no tuples; the fields of a space are texts, numbers and tuples of them."""
    return tuple(_tuple(item) for item in value) if isinstance(value, list) else value
