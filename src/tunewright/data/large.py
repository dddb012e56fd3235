"""Reads files that are too large for memory: row by row onto the disk, with the same rules and the same findings.

How such a file is written (encoding, delimiter, quotes, names) is told from its first 8 MiB; then every byte of it is
checked. What memory holds is one piece of rows at a time.
"""

from __future__ import annotations

import codecs
import io
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tunewright.data.arrow import columns_of
from tunewright.data.delimited import as_faults, layout_of, whole_rows
from tunewright.data.encodings import Decoding, decoding_of
from tunewright.data.json_cells import JsonRows
from tunewright.data.json_lines import add_line
from tunewright.data.kept_column import Cell, ColumnWriter, read_column
from tunewright.data.parquet import without_undecodable
from tunewright.data.quoted_rows import cut_pieces
from tunewright.data.source import Role, describe
from tunewright.data.table import Fault, Table, shown
from tunewright.records import SourceFile, sha256_of
from tunewright.records.arrays import ArrayFile, mapped

__all__ = ["LARGE_BYTES", "read_large"]

LARGE_BYTES = 64 * 2**20
"""Files up to this size are read into memory: about ten times as many bytes as the file's."""

_HEAD = 8 * 2**20
_ROWS_AT_ONCE = 2048
_CHUNK = 1 << 20
_LONGEST_CELL = 16 * 2**20


def read_large(
    path: Path,
    spool: Path,
    *,
    role: Role,
    encoding: str | None = None,
    delimiter: str | None = None,
    quoting: bool | None = None,
    wanted: Sequence[str] = (),
) -> Table | None:
    """Read a csv, tsv, jsonl or parquet file into columns on disk.

    Args:
        path: the file.
        spool: an empty folder for the columns; must stay as long as the table is used.

    Returns:
        None for files that are read in memory all the same: of another format, in 16 or 32 bits a character, or JSON
        whose lines are no rows.

    Raises:
        DataError: as the readers for smaller files.
    """
    ending = path.suffix.casefold()
    if ending in (".parquet", ".pq"):
        return _parquet(path, spool, role)
    if ending in (".csv", ".tsv", ".tab"):
        return _delimited(path, spool, role, encoding, delimiter, quoting, tuple(wanted))
    if ending in (".jsonl", ".ndjson"):
        return _json_lines(path, spool, role, encoding)
    return None


@dataclass
class _Spool:
    """Columns that grow on disk; a column that begins late, or is missing in a piece, is null there."""

    folder: Path
    rows: int = 0
    columns: dict[str, ColumnWriter] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.lines = ArrayFile(self.folder / "line", "int64")

    def add(self, columns: dict[str, Sequence[Cell]], lines: Sequence[int]) -> None:
        """One more piece."""
        for name in columns:
            if name not in self.columns:
                writer = self.columns[name] = ColumnWriter(self.folder, f"column-{len(self.columns)}")
                for start in range(0, self.rows, _ROWS_AT_ONCE):
                    writer.extend([None] * min(_ROWS_AT_ONCE, self.rows - start))
        for name, writer in self.columns.items():
            writer.extend(columns.get(name) or [None] * len(lines))
        self.lines.append(np.asarray(lines, dtype=np.int64))
        self.rows += len(lines)

    def table(self, file: SourceFile) -> Table:
        """What was written."""
        self.lines.close()
        for writer in self.columns.values():
            writer.close()
        columns: dict[str, Sequence[Cell]] = {
            name: read_column(self.folder, f"column-{number}") for number, name in enumerate(self.columns)
        }
        lines = mapped(self.folder / "line", "int64")
        return Table(columns, (file,), np.zeros(self.rows, dtype=np.int32), lines, tuple(self.faults))


def _delimited(
    path: Path,
    spool: Path,
    role: Role,
    encoding: str | None,
    delimiter: str | None,
    quoting: bool | None,
    wanted: tuple[str, ...],
) -> Table | None:
    layout, _ = layout_of(_head(path), path, encoding, delimiter, quoting, wanted)
    decoding = _checked(path, layout.decoding)
    if decoding is None:
        return None
    kept = _Spool(spool)
    clean = decoding.clean and not _holds_zero(path)
    with _text(path, decoding) as stream:
        lines = itertools.islice(stream, layout.skip, None)
        pieces = cut_pieces(
            lines, layout.delimiter, layout.quoting, clean=clean, first=1 + layout.skip, most=_ROWS_AT_ONCE,
            longest=_LONGEST_CELL,
        )  # fmt: skip
        top = True
        for rows in pieces:
            cells, numbers, faults = whole_rows(rows, layout, top)
            columns = zip(*cells, strict=True) if cells else [()] * len(layout.names)
            kept.add({name: list(column) for name, column in zip(layout.names, columns, strict=True)}, numbers)
            kept.faults += as_faults(faults, shown(path))
            top = top and not rows.cells
    count = kept.rows + len(kept.faults)
    described = replace(layout, decoding=decoding).described
    return kept.table(_with_content(describe(path, b"", role=role, rows=count, **described), path))


def _json_lines(path: Path, spool: Path, role: Role, encoding: str | None) -> Table | None:
    head = _head(path)
    decoding = _checked(path, decoding_of(head, shown(path), encoding))
    if decoding is None or not _is_rows(head, decoding, shown(path)):
        return None
    kept = _Spool(spool)
    names: dict[str, None] = {}
    with _text(path, decoding) as stream:
        numbered = enumerate(stream, start=1)
        while piece := list(itertools.islice(numbered, _ROWS_AT_ONCE)):
            rows = JsonRows(shown(path))
            for number, line in piece:
                if line.strip():
                    add_line(rows, line.strip(), number)
            table = rows.table()
            names |= dict.fromkeys(rows.names)
            kept.add(dict(table.columns), table.line.tolist())
            kept.faults += rows.faults
    file = describe(
        path, b"", format="jsonl", role=role, rows=kept.rows + len(kept.faults), columns=tuple(names),
        encoding=decoding.name, encoding_detected=decoding.detected,
    )  # fmt: skip
    return kept.table(_with_content(file, path))


def _parquet(path: Path, spool: Path, role: Role) -> Table | None:
    kept = _Spool(spool)
    try:
        with pq.ParquetFile(path) as source:
            names = source.schema_arrow.names
            if len(set(names)) != len(names) or not source.metadata.num_rows:
                return None
            for batch in source.iter_batches(batch_size=_ROWS_AT_ONCE):
                _add_batch(kept, pa.Table.from_batches([batch]), path)
    except (pa.ArrowException, OSError, ValueError):
        return None  # the reader for smaller files says what is wrong with it
    count = kept.rows + len(kept.faults)
    file = describe(path, b"", format="parquet", role=role, rows=count, columns=tuple(kept.columns))
    return kept.table(_with_content(file, path))


def _add_batch(kept: _Spool, batch: pa.Table, path: Path) -> None:
    start = 1 + kept.rows + len(kept.faults)
    lines = np.arange(start, start + batch.num_rows, dtype=np.int64)
    file = describe(path, b"", format="parquet", role="train", rows=0, columns=())
    table = without_undecodable(Table(columns_of(batch), (file,), np.zeros(len(lines), dtype=np.int32), lines))
    kept.add(dict(table.columns), table.line.tolist())
    kept.faults += table.faults


def _head(path: Path) -> bytes:
    """The first bytes, up to the end of a line."""
    with path.open("rb") as stream:
        raw = stream.read(_HEAD)
        return raw if not stream.read(1) else raw[: raw.rfind(b"\n") + 1] or raw


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _checked(path: Path, decoding: Decoding) -> Decoding | None:
    """The head's encoding, once every byte behind it was tried too; None for 16 and 32 bits a character."""
    if decoding.codec.startswith(("utf-16", "utf-32", "utf_16", "utf_32")):
        return None
    decoder = codecs.getincrementaldecoder(decoding.codec)("strict")
    skip = decoding.skip
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk[skip:])
            skip = 0
        decoder.decode(b"", True)
    except UnicodeError:
        return replace(decoding, clean=False)
    return replace(decoding, clean=True)


def _holds_zero(path: Path) -> bool:
    return any(b"\0" in chunk for chunk in _chunks(path))


def _text(path: Path, decoding: Decoding) -> io.TextIOWrapper:
    stream = path.open("rb")
    stream.seek(decoding.skip)
    errors = "strict" if decoding.clean else "surrogateescape"
    return io.TextIOWrapper(stream, encoding=decoding.codec, errors=errors, newline="")


def _is_rows(head: bytes, decoding: Decoding, name: str) -> bool:
    """Whether the lines on top are mostly objects: otherwise the file may be one document over many lines."""
    rows = JsonRows(name)
    for number, line in enumerate(decoding.lines(head), start=1):
        if line.strip():
            add_line(rows, line.strip(), number)
    return len(rows) > len(rows.faults)


def _with_content(file: SourceFile, path: Path) -> SourceFile:
    return file.model_copy(update={"sha256": sha256_of(path), "bytes": path.stat().st_size})
