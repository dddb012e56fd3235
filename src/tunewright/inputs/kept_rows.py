"""Rows of tokens on disk: written in shards as they are made, gone on with after a kill, mapped when they are whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunewright.inputs.encoded import Encoded
from tunewright.inputs.media import KEY_BYTES, Media, Reader
from tunewright.inputs.target_tokens import TargetTokens
from tunewright.inputs.words import Words
from tunewright.inputs.wrong_partners import picks_of
from tunewright.records import read_json, write_json
from tunewright.records.arrays import ArrayFile, mapped

__all__ = ["RowsWriter", "open_rows"]

_PROGRESS = "progress.json"
_WRITTEN = {
    "ids", "offsets", "types", "full_lengths", "unknown", "pad_id", "pad_left", "row_of", "words", "second", "targets",
    "marks", "media", "negatives", "picks",
}  # fmt: skip
_KINDS = {
    "ids": "int32", "ends": "int64", "full_lengths": "int64", "row_of": "int64", "types": "int8", "marks": "int8",
    "word_spans": "int32", "word_ends": "int64", "word_first": "int32", "second": "int64",
    "target_ids": "int32", "target_ends": "int64", "target_full": "int64", "pixels": "uint8", "waves": "int16",
    "wrong_ids": "int32", "wrong_ends": "int64", "wrong_types": "int8", "wrong_full": "int64", "wrong_counts": "int64",
    "media_ends": "int64", "media_lengths": "int64", "media_sizes": "float32", "media_keys": "uint8",
}  # fmt: skip


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
            self.rows, self._ends = 0, dict.fromkeys(("tokens", "samples", "words", "targets", "values", "wrong"), 0)
            self._state: dict[str, Any] = {}
            self._files: dict[str, ArrayFile] = {}
            return
        marks = noted["marks"]
        files = {name: ArrayFile(self._folder / name, _KINDS[name], marks[name]) for name in marks}
        self.rows, self._ends, self._state = int(noted["rows"]), dict(noted["ends"]), dict(noted["state"])
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
        words = shard.words is not None
        state: dict[str, Any] = {"pad_id": shard.pad_id, "pad_left": shard.pad_left, "words": words}
        state["types"] = shard.types is not None
        state["targets"] = shard.targets is not None
        state["given"] = shard.words is not None and shard.words.given
        state["apart"] = shard.second is not None
        state["marks"] = shard.marks is not None
        state["negatives"] = shard.negatives is not None
        state["media"] = "" if shard.media is None else shard.media.reader.store
        if not self._files:
            absent = {"types"} if shard.types is None else set()
            absent |= {"second"} if shard.second is None else set()
            absent |= {"marks"} if shard.marks is None else set()
            absent |= set() if words else {name for name in _KINDS if name.startswith("word_")}
            absent |= set() if state["targets"] else {name for name in _KINDS if name.startswith("target_")}
            absent |= set() if state["negatives"] else {name for name in _KINDS if name.startswith("wrong_")}
            absent |= {"wrong_types"} if shard.types is None else set()
            absent |= {"pixels", "waves"} - {state["media"]}
            absent |= set() if state["media"] else {name for name in _KINDS if name.startswith("media_")}
            self._files = {n: ArrayFile(self._folder / n, k) for n, k in _KINDS.items() if n not in absent}
        elif state != {name: self._state[name] for name in state}:
            raise ValueError(f"shards differ: {state} after {self._state}")
        for name, values in self._moved(shard).items():
            self._files[name].append(values)
        if shard.media is not None:
            self._add_media(shard.media)
        self.rows += len(shard.full_lengths)
        self._ends["tokens"] += len(shard.ids)
        self._ends["samples"] += len(shard)
        self._ends["words"] += 0 if shard.words is None else len(shard.words.spans)
        self._ends["targets"] += 0 if shard.targets is None else len(shard.targets.ids)
        self._ends["wrong"] += 0 if shard.negatives is None else len(shard.negatives.ids)
        unknown = self._state.get("unknown", 0) + shard.unknown
        self._state = {**state, "unknown": unknown, "windows": self._ends["samples"] != self.rows}
        marks = {name: file.mark() for name, file in self._files.items()}
        noted = {"rows": self.rows, "ends": self._ends, "state": self._state, "marks": marks}
        write_json(self._folder / _PROGRESS, noted)

    def _add_media(self, media: Media) -> None:
        """Decode the rows, one in memory at a time."""
        ends = []
        for row in range(len(media)):
            values = media.values(row)
            self._files[media.reader.store].append(values)
            self._ends["values"] += len(values)
            ends.append(self._ends["values"])
        self._files["media_ends"].append(np.array(ends, dtype=np.int64))
        self._files["media_lengths"].append(media.lengths)
        self._files["media_sizes"].append(media.sizes)
        self._files["media_keys"].append(media.content())

    def _moved(self, shard: Encoded) -> dict[str, NDArray[Any]]:
        """A shard's arrays, counted on from those before it."""
        arrays: dict[str, NDArray[Any]] = {
            "ids": shard.ids,
            "ends": self._ends["tokens"] + shard.offsets[1:],
            "full_lengths": shard.full_lengths,
            "row_of": self.rows + shard.rows,
        }
        if shard.types is not None:
            arrays["types"] = shard.types
        if shard.second is not None:
            arrays["second"] = shard.second
        if shard.marks is not None:
            arrays["marks"] = shard.marks
        if shard.words is not None:
            arrays["word_spans"] = shard.words.spans
            arrays["word_ends"] = self._ends["words"] + shard.words.offsets[1:]
            arrays["word_first"] = shard.words.first
        if shard.targets is not None:
            arrays["target_ids"] = shard.targets.ids
            arrays["target_ends"] = self._ends["targets"] + shard.targets.offsets[1:]
            arrays["target_full"] = shard.targets.full_lengths
        return arrays | self._wrong(shard)

    def _wrong(self, shard: Encoded) -> dict[str, NDArray[Any]]:
        """A shard's wrong partners, which lie in the order of its rows."""
        if shard.negatives is None or shard.picks is None:
            return {}
        texts = shard.negatives
        types = {} if texts.types is None else {"wrong_types": texts.types}
        return types | {
            "wrong_ids": texts.ids,
            "wrong_ends": self._ends["wrong"] + texts.offsets[1:],
            "wrong_full": texts.full_lengths,
            "wrong_counts": (shard.picks >= 0).sum(axis=1),
        }

    def close(self) -> dict[str, Any]:
        """All rows are written; answers what `open_rows` must be told. The note of them stays, for a process that is
        killed later, on another split."""
        for file in self._files.values():
            file.close()
        return dict(self._state)


def open_rows(folder: Path, described: Mapping[str, Any], reader: Any = None) -> Encoded:
    """Map what a `RowsWriter` wrote; `described` is the answer of its `close`, through JSON or not.

    Args:
        folder: where it was written.
        described: as above.
        reader: what prepares pictures and sounds for the model; rows of text need none.
    """
    words = None
    if described["words"]:
        spans = mapped(folder / "word_spans", _KINDS["word_spans"]).reshape(-1, 2)
        first = mapped(folder / "word_first", _KINDS["word_first"])
        words = Words(spans, _offsets(folder / "word_ends"), first, bool(described["given"]))
    targets = None
    if described["targets"]:
        written = mapped(folder / "target_ids", _KINDS["target_ids"])
        full = mapped(folder / "target_full", _KINDS["target_full"])
        targets = TargetTokens(written, _offsets(folder / "target_ends"), full)
    pad_id, pad_left = int(described["pad_id"]), bool(described["pad_left"])
    negatives, picks = None, None
    if described.get("negatives"):
        negatives = _open_wrong(folder, bool(described["types"]), pad_id, pad_left)
        picks = picks_of(mapped(folder / "wrong_counts", _KINDS["wrong_counts"]))
    return Encoded(
        ids=mapped(folder / "ids", _KINDS["ids"]),
        offsets=_offsets(folder / "ends"),
        types=mapped(folder / "types", _KINDS["types"]) if described["types"] else None,
        full_lengths=mapped(folder / "full_lengths", _KINDS["full_lengths"]),
        unknown=int(described["unknown"]),
        pad_id=pad_id,
        pad_left=pad_left,
        row_of=mapped(folder / "row_of", _KINDS["row_of"]) if described["windows"] else None,
        words=words,
        second=mapped(folder / "second", _KINDS["second"]) if described["apart"] else None,
        targets=targets,
        marks=mapped(folder / "marks", _KINDS["marks"]) if described["marks"] else None,
        media=_open_media(folder, described["media"], reader) if described.get("media") else None,
        negatives=negatives,
        picks=picks,
    )


def _open_wrong(folder: Path, types: bool, pad_id: int, pad_left: bool) -> Encoded:
    return Encoded(
        ids=mapped(folder / "wrong_ids", _KINDS["wrong_ids"]),
        offsets=_offsets(folder / "wrong_ends"),
        types=mapped(folder / "wrong_types", _KINDS["wrong_types"]) if types else None,
        full_lengths=mapped(folder / "wrong_full", _KINDS["wrong_full"]),
        unknown=0,
        pad_id=pad_id,
        pad_left=pad_left,
    )


def _open_media(folder: Path, store: str, reader: Reader) -> Media:
    ends = mapped(folder / "media_ends", "int64")
    return Media(
        reader,
        lengths=mapped(folder / "media_lengths", "int64"),
        sizes=mapped(folder / "media_sizes", "float32"),
        kept=mapped(folder / store, _KINDS[store]),
        ends=ends,
        keys=mapped(folder / "media_keys", "uint8").reshape(-1, KEY_BYTES),
        index=np.arange(len(ends), dtype=np.int64),
    )


def _offsets(ends: Path) -> NDArray[np.int64]:
    return np.concatenate((np.zeros(1, dtype=np.int64), mapped(ends, "int64")))
