"""Rows of tokens on disk: written in shards as they are made, gone on with after a kill, mapped when they are whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from tunewright.inputs.encoded import Encoded
from tunewright.records import read_json, write_json
from tunewright.records.arrays import ArrayFile, mapped

__all__ = ["RowsWriter", "open_rows"]

_PROGRESS = "progress.json"
_WRITTEN = {"ids", "offsets", "types", "full_lengths", "unknown", "pad_id", "pad_left"}
_KINDS = {"ids": "int32", "ends": "int64", "full_lengths": "int64", "types": "int8"}


class RowsWriter:
    """Writes encoded rows into a folder, shard behind shard.

    Every shard is on the disk, and noted as such, before `add` returns. A folder with noted shards is gone on with; one
    whose files are not as noted is begun anew.

    Attributes:
        rows: rows that are written.
        begun_anew: why earlier shards were not trusted; empty where they were, or where there were none.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.begun_anew = ""
        self._start(None)
        if (folder / _PROGRESS).is_file():
            try:
                self._start(read_json(folder / _PROGRESS))
            except Exception as error:  # whatever is wrong with them, shards can be made again
                self.begun_anew = str(error)
                self._start(None)

    def _start(self, noted: Mapping[str, Any] | None) -> None:
        if noted is None:
            self.rows, self._tokens = 0, 0
            self._state: dict[str, Any] = {}
            self._files: dict[str, ArrayFile] = {}
            return
        marks = noted["marks"]
        files = {name: ArrayFile(self._folder / name, _KINDS[name], marks[name]) for name in marks}
        self.rows, self._tokens, self._state = int(noted["rows"]), int(noted["tokens"]), dict(noted["state"])
        self._files = files

    def add(self, shard: Encoded) -> None:
        """Write the next rows.

        Raises:
            TypeError: they hold more than is written here.
            ValueError: they are padded otherwise than the rows before, or have segments where those had none.
        """
        more = {field.name for field in fields(shard)} - _WRITTEN
        if type(shard) is not Encoded or more:
            raise TypeError(f"rows of {type(shard).__name__} with {', '.join(sorted(more)) or 'other fields'}")
        state = {"pad_id": shard.pad_id, "pad_left": shard.pad_left, "types": shard.types is not None}
        if not self._files:
            names = [name for name in _KINDS if name != "types" or shard.types is not None]
            self._files = {name: ArrayFile(self._folder / name, _KINDS[name]) for name in names}
        elif state != {name: self._state[name] for name in state}:
            raise ValueError(f"shards differ: {state} after {self._state}")
        self._files["ids"].append(shard.ids)
        self._files["ends"].append(self._tokens + shard.offsets[1:])
        self._files["full_lengths"].append(shard.full_lengths)
        if shard.types is not None:
            self._files["types"].append(shard.types)
        self.rows += len(shard)
        self._tokens += len(shard.ids)
        self._state = {**state, "unknown": self._state.get("unknown", 0) + shard.unknown}
        marks = {name: file.mark() for name, file in self._files.items()}
        noted = {"rows": self.rows, "tokens": self._tokens, "state": self._state, "marks": marks}
        write_json(self._folder / _PROGRESS, noted)

    def close(self) -> dict[str, Any]:
        """All rows are written; answers what `open_rows` must be told. The note of them stays, for a process that is
        killed later, on another split."""
        for file in self._files.values():
            file.close()
        return dict(self._state)


def open_rows(folder: Path, described: Mapping[str, Any]) -> Encoded:
    """Map what a `RowsWriter` wrote; `described` is the answer of its `close`, through JSON or not."""
    ends = mapped(folder / "ends", "int64")
    return Encoded(
        ids=mapped(folder / "ids", "int32"),
        offsets=np.concatenate((np.zeros(1, dtype=np.int64), ends)),
        types=mapped(folder / "types", "int8") if described["types"] else None,
        full_lengths=mapped(folder / "full_lengths", "int64"),
        unknown=int(described["unknown"]),
        pad_id=int(described["pad_id"]),
        pad_left=bool(described["pad_left"]),
    )
