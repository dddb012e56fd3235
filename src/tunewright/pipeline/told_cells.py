"""Cells of new rows: as a caller of Python hands them over, and what is wrong with turns among them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tunewright.data.conversations import fault_of_question
from tunewright.data.table import Cell
from tunewright.inputs import Input
from tunewright.inputs.chat import ChatInput
from tunewright.inputs.input import Cells
from tunewright.tasks import Prediction

__all__ = ["faulty_questions", "told_cell", "unread_remark"]

_TURNS = '[{"role": "user", "content": "..."}]'


def told_cell(value: Any, turns: bool) -> Cell:
    """A value as a cell: a text, nothing, a list of texts, or with `turns` also those of a conversation as mappings.

    Raises:
        ValueError: it is nothing that can be read there; says what it is and what to write, without the text.
    """
    wanted = f"give a text, or a list of turns: {_TURNS}" if turns else "give a text"
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and turns:
        raise ValueError(f"is one turn, and no list of them; {wanted}")
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"is of the type {type(value).__name__}; {wanted}")
    if all(isinstance(each, str) for each in value) and not (turns and value):
        return tuple(value)
    odd = next((each for each in value if not (isinstance(each, Mapping) and turns)), None)
    if odd is not None:
        raise ValueError(f"is a list that holds a value of the type {type(odd).__name__}; {wanted}")
    try:
        return tuple(json.dumps(dict(each), ensure_ascii=False) for each in value)
    except TypeError:
        raise ValueError(f"holds a turn with something else than texts; {wanted}") from None


def faulty_questions(cells: Cells, inputs: Input) -> dict[int, str]:
    """Rows whose turns cannot be read, and what is wrong with each; none for inputs that read no turns."""
    name = inputs.turns_column if isinstance(inputs, ChatInput) else ""
    found = {row: fault_of_question(cell) for row, cell in enumerate(cells[name])} if name else {}
    return {row: what for row, what in found.items() if what}


def unread_remark(found: Iterable[Prediction | None]) -> str:
    """What must be said of questions that were read from their end alone; empty where there are none."""
    cut = [prediction.unread for prediction in found if prediction is not None and prediction.unread]
    if not cut:
        return ""
    who = "1 question leaves" if len(cut) == 1 else f"{len(cut):,} questions leave"
    most = f"{max(cut):,} token{'s' if max(cut) > 1 else ''}"
    return (
        f"{who} no room for an answer within the length that the model reads (data.max_length): only the end was read, "
        f"and up to {most} at the beginning were not"
    )
