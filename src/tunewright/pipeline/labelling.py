"""`tunewright predict`: rows in, the same rows with labels out, in the same order, none lost."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from tunewright.data.located import located
from tunewright.data.table import Table, is_empty, shown
from tunewright.data.usable import role_columns
from tunewright.errors import DataError, Problem, UnreadableRowsError, UserError
from tunewright.inputs import Input
from tunewright.pipeline.parts import Parts
from tunewright.pipeline.run import Prediction, Run
from tunewright.pipeline.told_cells import faulty_questions, unread_remark
from tunewright.tasks import Space

__all__ = ["answers", "format_of", "labelled", "remarks", "rendered"]

Columns = dict[str, list[Any]]

_PLACES = 5


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


def remarks(table: Table, answers: Sequence[Prediction | None]) -> list[str]:
    """What must be said beside the labels: an encoding that was found by its look, rows without a text, questions
    that were not read whole."""
    found = [
        f"{shown(file.path)} is read as {file.encoding}, which was told by its look. Another one is named with "
        "data.encoding=NAME"
        for file in table.files
        if file.encoding and file.encoding_detected and not file.encoding.startswith("utf-")
    ]
    blank = [row for row, answer in enumerate(answers) if answer is None]
    if blank:
        places = ", ".join(f"{place.file}:{place.line}" for place in map(table.place, blank[:_PLACES]))
        more = f" and {len(blank) - _PLACES:,} more" if len(blank) > _PLACES else ""
        have = "row has" if len(blank) == 1 else "rows have"
        found.append(f"{len(blank):,} {have} no text to read, and so no label: {places}{more}")
    unread = unread_remark(answers)
    return [*found, unread] if unread else found


def answers(run: Run, table: Table) -> list[Prediction | None]:
    """What the model says of each row; None where there is nothing to read, of which it would say something too."""
    inputs = Parts.of(run.recipe).answering(table.columns).inputs
    asked = [[n for n in names if n in inputs.predict_columns] for names in role_columns(inputs.roles, inputs.columns)]
    roles = [[table.columns[name] for name in names] for names in asked if names]
    full = [
        row for row in range(len(table)) if not any(all(is_empty(cells[row]) for cells in columns) for columns in roles)
    ]
    found: list[Prediction | None] = [None] * len(table)
    if full:
        whole = located(table.take(full), inputs.content_columns)
        _refuse_unreadable(whole, inputs)
        for row, prediction in zip(full, _predicted(run, whole), strict=True):
            found[row] = prediction
    return found


def _predicted(run: Run, table: Table) -> list[Prediction]:
    """Rows that the model cannot take are named by file and line: here alone both are known."""
    try:
        return run.predict_columns(table.columns)
    except UnreadableRowsError as error:
        problems = [Problem(str(table.place(row)), what) for row, what in error.rows]
        raise DataError(error.summary, problems, error.advice) from None


def _refuse_unreadable(table: Table, inputs: Input) -> None:
    """Name every row whose file or whose turns cannot be read, before any is answered."""
    looks = inputs.looked_at(table.columns) or ()
    notes = {row: look.note for row, look in enumerate(looks) if look.fault} | faulty_questions(table.columns, inputs)
    problems = [Problem(str(table.place(row)), note) for row, note in notes.items()]
    if problems:
        raise DataError(
            f"{table.name} holds rows that cannot be read; none was labelled.",
            problems,
            "Mend these rows or take them out: every row that goes in comes out, so none is skipped.",
        )


def labelled(
    columns: Mapping[str, Sequence[Any]], answers: Sequence[Prediction | None], space: Space, probabilities: bool
) -> Columns:
    """The columns with `label` and `probability` added (`value` for numbers), empty for rows without an answer.

    A column of that name stays, and ours is called `predicted_label`, and where that is taken too `predicted_label_2`
    and so on.
    """
    given = [answer.cells(probabilities) if answer else {} for answer in answers]
    nothing = Prediction("", None, {}, 0.0 if space.kind == "number" else None)
    names = next(filter(None, given), nothing.cells())
    added: Columns = {name: [row.get(name) for row in given] for name in names}
    table = {name: list(cells) for name, cells in columns.items()}
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
