"""`tunewright predict`: rows in, the same rows with labels out, in the same order, none lost."""

from __future__ import annotations

import csv
import io
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


def read_rows(run: Run, file: str, standard_input: str | None) -> Columns:
    """The rows to label: a table, a .txt file with one text a line, or standard input (one text or JSON object a line).

    Raises:
        DataError: a row cannot be read; a column that the model reads is missing.
    """
    names = Parts.of(run.recipe).inputs.columns
    data = run.recipe.data
    if standard_input is not None:
        if standard_input.lstrip().startswith("{"):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "standard_input.jsonl"
                path.write_text(standard_input, encoding="utf-8")
                return _table(path, names, None, None, None)
        return _lines(standard_input, names)
    path = Path(file)
    if path.suffix.lower() == ".txt" and path.is_file():
        try:
            return _lines(path.read_text(encoding=data.encoding or "utf-8-sig"), names)
        except UnicodeDecodeError as error:
            raise DataError(
                f"{path} is not UTF-8 text (byte {error.start}).", [], "Save it as UTF-8, or give a csv file."
            ) from None
    return _table(path, names, data.encoding, data.delimiter, data.quoting)


def _table(
    path: Path, names: Sequence[str], encoding: str | None, delimiter: str | None, quoting: bool | None
) -> Columns:
    table = read(path, role="predict", encoding=encoding, delimiter=delimiter, quoting=quoting)
    if table.faults:
        problems = [Problem(str(fault.place), fault.code) for fault in table.faults]
        raise DataError(f"{path} holds rows that cannot be read; none was labelled.", problems)
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
    return {names[0]: text.splitlines()}


def labelled(columns: Columns, predictions: Sequence[Prediction], probabilities: bool) -> Columns:
    """The columns with `label` and `probability` added (`value` for numbers); a column of that name stays, and ours is
    called `predicted_label` and so on."""
    added: Columns = {}
    if predictions and predictions[0].value is not None:
        added["value"] = [p.value for p in predictions]
    else:
        added["label"] = [p.label for p in predictions]
        added["probability"] = [None if p.probability is None else round(p.probability, 6) for p in predictions]
    if probabilities and predictions and predictions[0].probabilities:
        for name in predictions[0].probabilities:
            added[f"probability of {name}"] = [round(p.probabilities[name], 6) for p in predictions]
    return columns | {(f"predicted_{name}" if name in columns else name): cells for name, cells in added.items()}


def rendered(columns: Columns, kind: Literal["csv", "jsonl"]) -> str:
    """The table as text, UTF-8 to be."""
    rows = list(zip(*columns.values(), strict=True))
    if kind == "jsonl":
        return "".join(json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) + "\n" for row in rows)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(["|".join(cell) if isinstance(cell, tuple) else cell for cell in row] for row in rows)
    return out.getvalue()
