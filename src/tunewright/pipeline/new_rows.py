"""Reads the rows that a finished model shall label: a file, or standard input."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from tunewright.data.encodings import decoding_of
from tunewright.data.quoted_rows import BROKEN
from tunewright.data.reading import read
from tunewright.data.source import describe
from tunewright.data.table import Fault, Table
from tunewright.errors import DataError, Problem, RecipeError, UserError, near_miss
from tunewright.pipeline.differences import differing
from tunewright.pipeline.parts import Parts
from tunewright.pipeline.run import Run
from tunewright.recipe import Data, Recipe
from tunewright.records import Place

__all__ = ["read_rows", "reading"]

_STANDARD_INPUT = "Standard input"
_HINTS = {
    "undecodable": " If the file is in another encoding, name it: data.encoding=gb18030.",
    "ragged": " Cells that hold the delimiter must stand in quotes; one text a line goes into a file called .txt.",
}
_FREE = frozenset({"data.encoding", "data.delimiter", "data.quoting"})


def reading(run: Run, overrides: Sequence[str] = ()) -> Data:
    """How files are read: as the run's recipe says, with what is said anew (`data.encoding=gb18030`).

    Raises:
        RecipeError: something else than the reading would be replaced, and the model is trained already.
    """
    asked = Recipe.read(run.folder.recipe, overrides)
    problems = [
        Problem(field, f"is {now!r}, and the model was trained with {was!r}")
        for field, was, now in differing(run.recipe, asked, _FREE)
    ]
    if problems:
        advice = f"What can be replaced: {', '.join(sorted(_FREE))}. For the rest train anew."
        raise RecipeError("A finished model cannot label with these changes.", problems, advice)
    named = any(assignment.partition("=")[0].strip() == "data.encoding" for assignment in overrides)
    return asked.data if named else asked.data.model_copy(update={"encoding": None})


def read_rows(run: Run, file: str, standard_input: bytes | None, data: Data | None = None) -> Table:
    """The rows to label: a table, a .txt file with one text a line, or standard input (one text or JSON object a line).

    An encoding that only the run's recipe names is that of the training files. It holds for new rows too, unless they
    prove to be UTF-8: read as Latin-1 every accent in them would be two wrong letters.

    Args:
        run: whose model will label them.
        file: path of a file; not looked at when there is standard input.
        standard_input: its bytes.
        data: how files are read, from `reading`.

    Raises:
        DataError: a row cannot be read; a column that the model reads is missing.
    """
    names = Parts.of(run.recipe).answering(()).inputs.predict_columns
    said = data or reading(run)
    if standard_input is not None:
        encoding = _encoding(standard_input, said.encoding, run.recipe.data.encoding)
        if not standard_input.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            return _whole(_lines(standard_input, _STANDARD_INPUT, encoding, names), names)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "standard_input.jsonl"
            path.write_bytes(standard_input)
            return _whole(_renamed(read(path, role="predict", encoding=encoding), _STANDARD_INPUT), names)
    path = Path(file)
    raw = path.read_bytes() if path.is_file() and path.suffix.lower() not in (".parquet", ".pq") else b""
    encoding = _encoding(raw, said.encoding, run.recipe.data.encoding)
    if path.suffix.lower() == ".txt" and path.is_file():
        return _whole(_lines(raw, str(path), encoding, names), names)
    table = read(path, role="predict", encoding=encoding, delimiter=said.delimiter, quoting=said.quoting, wanted=names)
    content = Parts.of(run.recipe).inputs.content_columns
    if table.row_paths and content and content[0] not in table.columns:  # a folder knows its files by `path` alone
        columns = {content[0] if name == table.row_paths else name: cells for name, cells in table.columns.items()}
        table = replace(table, columns=columns, row_paths=content[0])
    return _whole(table, names)


def _encoding(raw: bytes, said: str | None, trained: str | None) -> str | None:
    """The encoding to read with; None detects it."""
    if said is not None or trained is None:
        return said
    proves_itself = not raw.isascii() and decoding_of(raw, "").codec.startswith("utf")
    return None if proves_itself else trained


def _lines(raw: bytes, name: str, encoding: str | None, names: Sequence[str]) -> Table:
    """One row a line. Bytes that are no text are faults: replaced in silence, they would be labelled as something
    nobody wrote."""
    if len(names) != 1:
        raise UserError(
            f"This model reads the columns {', '.join(names)}, and a line of text has only one.\n"
            '  Give a csv file with these columns, or one JSON object a line: {"'
            + '": "...", "'.join(names)
            + '": "..."}'
        )
    decoding = decoding_of(raw, name, encoding)
    text = decoding.text(raw)
    # not splitlines(): it also breaks at marks that stand inside a text, and a row more or less shifts every label
    lines = [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []
    broken = [number for number, line in enumerate(lines, 1) if not decoding.clean and not BROKEN.isdisjoint(line)]
    note = f"holds bytes that are no {decoding.name.upper()} text"
    described = describe(
        name,
        raw,
        format="txt",
        role="predict",
        rows=len(lines),
        columns=(names[0],),
        encoding=decoding.name,
        encoding_detected=decoding.detected,
    )
    return Table(
        {names[0]: list(lines)},
        (described,),
        np.zeros(len(lines), dtype=np.int32),
        np.arange(1, len(lines) + 1, dtype=np.int64),
        tuple(Fault("undecodable", Place(file=name, line=number, note=note)) for number in broken),
    )


def _renamed(table: Table, name: str) -> Table:
    """The same rows under another file's name, for places that a person can look up."""
    files = tuple(file.model_copy(update={"path": name}) for file in table.files)
    faults = tuple(replace(fault, place=fault.place.model_copy(update={"file": name})) for fault in table.faults)
    return replace(table, files=files, faults=faults)


def _whole(table: Table, names: Sequence[str]) -> Table:
    """The table, if every row can be read and every column that the model reads is there."""
    if table.faults:
        codes = {fault.code for fault in table.faults}
        raise DataError(
            f"{table.name} holds rows that cannot be read; none was labelled.",
            [Problem(f"{f.place.file}:{f.place.line}", f.place.note or f.code) for f in table.faults],
            "Mend these rows or take them out: every row that goes in comes out, so none is skipped."
            + "".join(hint for code, hint in _HINTS.items() if code in codes),
        )
    missing = [
        Problem(
            name, "is no column of this file", near_miss(name, table.columns) or f"It has: {', '.join(table.columns)}."
        )
        for name in names
        if name not in table.columns
    ]
    if missing:
        raise DataError(f"{table.name} lacks what the model reads.", missing)
    return table
