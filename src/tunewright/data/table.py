"""Rows as they stand in the files: columns of text, and where each row came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tunewright.data.kept_column import Cell, KeptColumn
from tunewright.errors import DataError, Problem, near_miss
from tunewright.records import Place, SourceFile

__all__ = ["Cell", "Fault", "Table", "is_empty", "shown"]

_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"


def is_empty(cell: Cell) -> bool:
    """True for null, for an empty list, and for text without a visible character."""
    if cell is None:
        return True
    if isinstance(cell, tuple):
        return all(is_empty(item) for item in cell)
    return not cell or not cell.strip().strip(_INVISIBLE).strip()


def shown(path: Path | str) -> str:
    """A path as messages name it: relative to the current folder when it lies inside, else in full; a URL as it is."""
    if "://" in str(path):
        return str(path)
    path = Path(path)
    try:
        return str(path.relative_to(Path.cwd())) if path.is_absolute() else str(path)
    except (ValueError, FileNotFoundError):
        return str(path)


@dataclass(frozen=True, slots=True)
class Fault:
    """One row that could not be read, and so stands in no column.

    Attributes:
        code: `ragged`, `undecodable` or `unreadable`.
        place: where it is; its note says what is the matter without the row's text.
    """

    code: str
    place: Place


@dataclass(frozen=True, eq=False)
class Table:
    """What was read from one source.

    Attributes:
        columns: name to cells, a list or a column on disk; every column is as long as the table.
        files: the files that were read.
        file_index: int32 (rows,), position in `files` of each row.
        line: int64 (rows,), the line a row starts on, 1 for the file's first line; for formats without lines the
            row's number counted from 1.
        faults: rows that could not be read.
        row_paths: for a folder with one file a row, the column that names the file.
    """

    columns: Mapping[str, Sequence[Cell]]
    files: tuple[SourceFile, ...]
    file_index: NDArray[np.int32]
    line: NDArray[np.int64]
    faults: tuple[Fault, ...] = ()
    row_paths: str | None = None

    def __post_init__(self) -> None:
        wrong = {name: len(cells) for name, cells in self.columns.items() if len(cells) != len(self.line)}
        if wrong or len(self.file_index) != len(self.line):
            raise ValueError(f"columns of unequal length: {wrong}, {len(self.line)} rows")

    def __len__(self) -> int:
        return len(self.line)

    def take(self, indices: Sequence[int] | NDArray[np.integer]) -> Table:
        """Some of the rows, in the order given. Faults stay behind: they are no rows."""
        rows = np.asarray(indices, dtype=np.int64)
        columns: dict[str, Sequence[Cell]] = {
            name: cells.take(rows) if isinstance(cells, KeptColumn) else [cells[row] for row in rows.tolist()]
            for name, cells in self.columns.items()
        }
        return Table(columns, self.files, self.file_index[rows], self.line[rows], (), self.row_paths)

    def with_columns(self, changed: Mapping[str, Sequence[Cell]]) -> Table:
        """The same rows with some columns replaced or added."""
        columns = {**self.columns, **changed}
        return Table(columns, self.files, self.file_index, self.line, self.faults, self.row_paths)

    def place(self, index: int, note: str = "") -> Place:
        """Where a row stands, for messages."""
        if self.row_paths is not None:
            return Place(file=str(self.columns[self.row_paths][index]), line=1, note=note)
        file = self.files[int(self.file_index[index])]
        return Place(file=shown(file.path), line=int(self.line[index]), note=note)

    def short_place(self, index: int) -> str:
        """`train.csv:12`: where a row stands, for the note about another row."""
        place = self.place(index)
        return f"{Path(place.file).name}:{place.line}"

    def column(self, name: str) -> Sequence[Cell]:
        """The cells of one column.

        Raises:
            DataError: there is no such column; the message lists those that exist and the nearest name.
        """
        if name in self.columns:
            return self.columns[name]
        raise DataError(f"{self.name} has no column {name!r}.", [self.missing(name)])

    def missing(self, name: str, field: str = "") -> Problem:
        """What to say of a column that is not there.

        Args:
            name: the column asked for.
            field: the recipe's field that asked for it, if any.
        """
        hints = [self._nearest(name), f"Columns: {', '.join(repr(column) for column in self.columns)}."]
        if len(self.columns) == 1 and self.files and self.files[0].format in ("csv", "tsv"):
            hints.append("Everything was read as one column: name the character between cells with data.delimiter=';'")
        elif self.files and not self.files[0].header:
            hints.append(
                "The first line looks like data, so the columns are numbered. "
                "Use those names, or write a line of names above the data."
            )
        what = f"asks for the column {name!r}, which {self.name} does not have"
        return Problem(field, what if field else f"there is no column {name!r}", " ".join(filter(None, hints)))

    @property
    def name(self) -> str:
        """The file or folder, as messages name it."""
        if not self.files:
            return "the table"
        first = self.files[0].path
        return shown(Path(first).parent if len(self.files) > 1 else first)

    def _nearest(self, name: str) -> str:
        for column in self.columns:
            if column.strip().casefold() == name.strip().casefold():
                return f"The file spells it {column!r}."
        return near_miss(name, self.columns)
