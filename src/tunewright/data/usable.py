"""Tells the rows that can be learned from or measured on from those that cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tunewright.data.answers import answer_cell, beside, context_column, says_nothing
from tunewright.data.conversations import MESSAGES, as_conversation, fault_of_preference
from tunewright.data.table import Cell, Table, is_empty
from tunewright.data.tag_schemes import Scheme
from tunewright.data.tagged_columns import TOKENS, as_list, entity_cell
from tunewright.data.targets import label_separator, parse_label, parse_labels, parse_number
from tunewright.records import Place

__all__ = ["TargetKind", "Usable", "numbers", "role_columns", "usable"]

TargetKind = Literal["label", "labels", "number", "entities", "answers", "text", "none"]
"""What a target cell says: one label, several, a number, labelled places in the text, places that answer a question, or
a text to be written; none where there is no target."""


@dataclass(frozen=True, eq=False)
class Usable:
    """A table without its rows at fault.

    Attributes:
        table: the good rows; a target of several labels is a tuple in it, read with the column's one separator.
        faults: code to the places of the rows left out, those that could not be read among them.
        without_labels: places of rows of a multilabel table that carry none; they stay.
        separator: what parts the labels of a multilabel column; empty when nothing does.
    """

    table: Table
    faults: dict[str, list[Place]]
    without_labels: list[Place]
    separator: str = ""


def role_columns(inputs: Mapping[str, str], columns: Sequence[str]) -> list[list[str]]:
    """The columns behind each role of the input: `{"text": "title + body"}` is one role of two columns."""
    groups: list[list[str]] = []
    for value in inputs.values():
        names = [value] if value in columns else value.split(" + ")
        if not all(name in columns for name in names):
            return [list(columns)]
        groups.append(names)
    return groups or [list(columns)]


def usable(
    table: Table,
    *,
    inputs: Mapping[str, str],
    columns: Sequence[str],
    target: str,
    kind: TargetKind,
    scheme: Scheme | None = None,
    unreadable: Mapping[int, tuple[str, str]] = MappingProxyType({}),
) -> Usable:
    """Leave out the rows without input and those whose target is missing or no label, number or entities.

    An input is missing when any of its roles is empty in all its columns. For entities the target column of the good
    rows holds what `entities.written` writes, and a column of tokens holds lists; `scheme` is that of their tags.
    `unreadable` are rows whose file cannot be read: (fault, note).
    """
    faults: dict[str, list[Place]] = {}
    for fault in table.faults:
        faults.setdefault(fault.code, []).append(fault.place)
    bad: set[int] = set()

    def leave_out(row: int, code: str, note: str) -> None:
        bad.add(row)
        faults.setdefault(code, []).append(table.place(row, note))

    for row, note in _empty_inputs(table, role_columns(inputs, columns)):
        if row not in bad:
            leave_out(row, "empty_input", note)
    unreadable = _bad_preferences(table, inputs) | dict(unreadable)
    for row in sorted(unreadable.keys() - bad):
        leave_out(row, *unreadable[row])
    if TOKENS in inputs and kind == "entities":
        table = table.with_columns({name: list(map(as_list, table.column(name))) for name in columns})
    target = inputs.get(MESSAGES, target) if kind == "none" else target  # what is read is what can be wrong there
    targets = table.column(target)
    separator = label_separator(targets) if kind == "labels" else ""
    read, silent = _reader(kind, separator, _read_texts(table, columns), scheme, MESSAGES in inputs), _silence(kind)
    if kind == "answers":
        read, silent = _answers(table, inputs, target)
    parsed: list[Cell] = []
    shared: dict[Cell, Cell] = {}  # labels repeat, and a column from disk makes each cell anew
    without_labels: list[Place] = []
    for row, cell in enumerate(targets):
        value = cell
        if silent(cell, row):
            if row not in bad:
                leave_out(row, "unlabelled", f"nothing in {target}")
        else:
            try:
                value = read(cell, row)
            except ValueError as error:
                if row not in bad:
                    leave_out(row, _MISREAD[kind], str(error))
            if kind == "labels" and value == () and row not in bad:
                without_labels.append(table.place(row))
        if kind != "number":  # a number stays as it is written
            parsed.append(shared.setdefault(value, value))
    changed = table if kind == "number" else table.with_columns({target: parsed})
    kept = changed.take([row for row in range(len(table)) if row not in bad]) if bad or table.faults else changed
    return Usable(kept, faults, without_labels, separator)


def _empty_inputs(table: Table, roles: Sequence[Sequence[str]]) -> Iterator[tuple[int, str]]:
    """Rows that lack a role in all its columns, and the note that says so."""
    for names in roles:
        cells = [table.column(name) for name in names]
        for row, values in enumerate(zip(*cells, strict=True)):
            if all(map(is_empty, values)):
                yield row, f"nothing in {' and '.join(names)}"


def _bad_preferences(table: Table, inputs: Mapping[str, str]) -> dict[int, tuple[str, str]]:
    """Rows whose question or whose two answers are turns that cannot be read: (fault, note)."""
    if not all(role in inputs for role in _PREFERENCE):
        return {}
    rows = enumerate(zip(*(table.column(inputs[role]) for role in _PREFERENCE), strict=True))
    return {row: ("bad_conversation", note) for row, cells in rows if (note := fault_of_preference(*cells))}


_PREFERENCE = ("prompt", "chosen", "rejected")
_MISREAD: dict[TargetKind, str] = {
    "label": "not_a_label",
    "labels": "not_a_label",
    "number": "not_a_number",
    "entities": "bad_entities",
    "none": "bad_conversation",
    "text": "not_a_label",
    "answers": "bad_answer",
}


def _silence(kind: TargetKind) -> Callable[[Cell, int], bool]:
    """Tells whether nobody said anything of a row: an empty list says that there is nothing in it."""
    if kind == "none":
        return lambda cell, row: False
    if kind == "entities":
        return lambda cell, row: cell is None or (isinstance(cell, str) and is_empty(cell))
    return lambda cell, row: kind != "labels" and is_empty(cell)


def _read_texts(table: Table, columns: Sequence[str]) -> Callable[[int], Cell]:
    """What the input reads of a row, as `inputs.tokens.join_cells` puts several columns together."""
    if len(columns) == 1:
        only = table.column(columns[0])
        return lambda row: only[row]
    cells = [table.column(name) for name in columns]

    def joined(row: int) -> Cell:
        pieces = [column[row] for column in cells]
        return "\n".join(" ".join(piece) if isinstance(piece, tuple) else piece for piece in pieces if piece)

    return joined


def _reader(
    kind: TargetKind, separator: str, text_of: Callable[[int], Cell], scheme: Scheme | None, conversations: bool
) -> Callable[[Cell, int], Cell]:
    if kind == "none":
        return lambda cell, row: as_conversation(cell) if conversations else cell
    if kind == "label":
        return lambda cell, row: parse_label(cell)
    if kind == "labels":
        return lambda cell, row: parse_labels(cell, separator)
    if kind == "entities":
        return lambda cell, row: entity_cell(cell, text_of(row), scheme)

    if kind == "text":
        return lambda cell, row: " ".join(cell) if isinstance(cell, tuple) else cell

    def number(cell: Cell, row: int) -> Cell:
        parse_number(cell)  # raises where it is none; a good cell stays as it is written
        return cell

    return number


def _answers(
    table: Table, inputs: Mapping[str, str], target: str
) -> tuple[Callable[[Cell, int], Cell], Callable[[Cell, int], bool]]:
    """Reads the answers of a row from its target, its context and what stands beside them; tells rows without any."""
    contexts, known = table.column(context_column(inputs)), beside(table, target)

    def more(row: int) -> tuple[Cell, Cell]:
        return (known.starts[row] if known.starts else None), (known.none[row] if known.none else None)

    def read(cell: Cell, row: int) -> Cell:
        return answer_cell(cell, contexts[row], *more(row))

    return read, lambda cell, row: says_nothing(cell, *more(row))


def numbers(table: Table, target: str) -> NDArray[np.float64]:
    """A checked target column as float64 (rows,)."""
    return np.asarray([parse_number(cell) for cell in table.column(target)], dtype=np.float64)
