"""`tunewright predict`: rows in, the same rows with labels out, in the same order, none lost."""

from __future__ import annotations

import csv
import io
import itertools
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from tunewright.data.reading import read
from tunewright.errors import DataError, Problem, UserError, near_miss
from tunewright.pipeline.prepare import Parts
from tunewright.pipeline.run import Prediction, Run

__all__ = ["format_of", "labelled", "read_rows", "rendered"]

Columns = dict[str, list[Any]]


def format_of(output: str | None) -> Literal["csv", "jsonl"]:
    """csv or jsonl, by the output's name; csv for standard output.

    Raises:
        UserError: another ending.
    """
    if output is None:
        return "csv"
    suffix = Path(output).suffix.lower()
    if suffix not in (".csv", ".jsonl"):
        raise UserError(f"{output} ends in {suffix or 'nothing'}; predictions are written as .csv or .jsonl.")
    return "csv" if suffix == ".csv" else "jsonl"


def read_rows(run: Run, file: str, standard_input: bytes | None) -> Columns:
    """The rows to label: a table, a .txt file with one text a line, or standard input (one text or JSON object a line).

    Args:
        run: whose model will label them, and whose recipe says how files are read.
        file: path of a file; not looked at when there is standard input.
        standard_input: its bytes, UTF-8.

    Raises:
        DataError: a row cannot be read; a column that the model reads is missing.
    """
    names = Parts.of(run.recipe).inputs.columns
    data = run.recipe.data
    if standard_input is not None:
        if standard_input.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "standard_input.jsonl"
                path.write_bytes(standard_input)
                return _table(path, names, "utf-8", None, None)
        return _lines(_decoded(standard_input, "Standard input", "utf-8-sig"), names)
    path = Path(file)
    if path.suffix.lower() == ".txt" and path.is_file():
        return _lines(_decoded(path.read_bytes(), str(path), data.encoding or "utf-8-sig"), names)
    return _table(path, names, data.encoding, data.delimiter, data.quoting)


def _decoded(raw: bytes, name: str, encoding: str) -> str:
    """The text, or an error: a character replaced in silence would be labelled as something nobody wrote."""
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DataError(
            f"{name} is not {encoding.removesuffix('-sig').upper()} text.",
            [Problem(f"{name}:{line}", f"byte {error.start} is no text in this encoding")],
            "Save it as UTF-8, or give a csv file.",
        ) from None


def _table(
    path: Path, names: Sequence[str], encoding: str | None, delimiter: str | None, quoting: bool | None
) -> Columns:
    table = read(path, role="predict", encoding=encoding, delimiter=delimiter, quoting=quoting, wanted=names)
    if table.faults:
        problems = [Problem(str(fault.place), fault.code) for fault in table.faults]
        raise DataError(
            f"{path} holds rows that cannot be read; none was labelled.",
            problems,
            "Mend these rows or take them out: every row that goes in comes out, so none is skipped.",
        )
    missing = [
        Problem(
            name, "is no column of this file", near_miss(name, table.columns) or f"It has: {', '.join(table.columns)}"
        )
        for name in names
        if name not in table.columns
    ]
    if missing:
        raise DataError(f"{path} lacks what the model reads.", missing)
    return {name: list(cells) for name, cells in table.columns.items()}


def _lines(text: str, names: Sequence[str]) -> Columns:
    if len(names) != 1:
        raise UserError(
            f"This model reads the columns {', '.join(names)}, and a line of text has only one.\n"
            '  Give a csv file with these columns, or one JSON object a line: {"'
            + '": "...", "'.join(names)
            + '": "..."}'
        )
    # not splitlines(): it also breaks at marks that stand inside a text, and a row more or less shifts every label
    lines = text.removesuffix("\n").split("\n") if text else []
    return {names[0]: [line.removesuffix("\r") for line in lines]}


def labelled(columns: Columns, predictions: Sequence[Prediction], probabilities: bool) -> Columns:
    """The columns with `label` and `probability` added (`value` for numbers); a column of that name stays, and ours is
    called `predicted_label`, and where that is taken too `predicted_label_2` and so on."""
    cells = [prediction.cells(probabilities) for prediction in predictions]
    names = cells[0] if cells else Prediction("", None, {}).cells()
    added: Columns = {name: [row[name] for row in cells] for name in names}
    table = dict(columns)
    for name, cells in added.items():
        table[_free_name(name, table)] = cells
    return table


def _free_name(name: str, taken: Columns) -> str:
    if name not in taken:
        return name
    counted = (f"predicted_{name}_{number}" for number in itertools.count(2))
    return next(free for free in itertools.chain([f"predicted_{name}"], counted) if free not in taken)


def rendered(columns: Columns, kind: Literal["csv", "jsonl"]) -> str:
    """The table as text, UTF-8 to be."""
    rows = list(zip(*columns.values(), strict=True))
    if kind == "jsonl":
        return "".join(json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) + "\n" for row in rows)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_in_csv(cell) for cell in row] for row in rows)
    return out.getvalue()


def _in_csv(cell: Any) -> Any:
    """Lists of texts as they are read in, anything else that is no text or number as JSON."""
    if isinstance(cell, tuple):
        return "|".join(cell)
    return json.dumps(cell, ensure_ascii=False) if isinstance(cell, (list, dict)) else cell
