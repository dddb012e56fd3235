"""Conversations in cells: turns with a role and a text, in the forms that are found in the wild."""

from __future__ import annotations

import json
from typing import Any

from tunewright.cells.spelled import listed
from tunewright.cells.turns import ROLES, is_turn
from tunewright.data.table import Cell, is_empty

__all__ = ["MESSAGES", "as_conversation", "fault_of_preference", "fault_of_question", "holds_conversations"]

MESSAGES = "messages"
"""The role of an input that reads conversations."""


def as_conversation(cell: Cell) -> Cell:
    """A cell as a tuple of JSON objects with `role` and `content`; null where nothing is said.

    Read are lists of `{"role", "content"}` and of `{"from", "value"}` (ShareGPT), also as the text of such a list.

    Raises:
        ValueError: one sentence that says what is wrong, without the row's text.
    """
    if is_empty(cell):
        return None
    turns = [_turn(number, each) for number, each in enumerate(_objects(cell), 1)]
    roles = [turn["role"] for turn in turns]
    if "assistant" not in roles:
        raise ValueError("has no turn of the assistant, so there is nothing to learn")
    _refuse_order(roles)
    if next(role for role in roles if role != "system") == "assistant":
        raise ValueError("begins with a turn of the assistant, which answers nothing")
    if roles[-1] != "assistant":
        raise ValueError("ends with a turn of the user, to which there is no answer")
    return tuple(json.dumps(turn, ensure_ascii=False) for turn in turns)


def fault_of_question(cell: Cell) -> str:
    """What is wrong with a cell that shall be answered: a text, or turns as `as_conversation` reads them, of which the
    last may wait for its answer and the first may be a greeting, since none is learned. Empty where nothing is; never
    with the row's text."""
    if isinstance(cell, str) and not holds_conversations(cell):
        return ""
    try:
        _refuse_order([_turn(number, each)["role"] for number, each in enumerate(_objects(cell), 1)])
    except ValueError as error:
        return str(error)
    return ""


def fault_of_preference(prompt: Cell, chosen: Cell, rejected: Cell) -> str:
    """What is wrong with a question and two answers to it, each a text or turns: those of the question, or the last of
    them, and then the answer. Empty where nothing is; never with the row's text."""
    fault = fault_of_question(prompt)
    if fault:
        return f"{fault}, in its question"
    asked = (
        [_turn(number, each) for number, each in enumerate(_objects(prompt), 1)] if holds_conversations(prompt) else []
    )
    asked = asked or [{"role": "user", "content": str(prompt or "")}]
    if asked[-1]["role"] == "assistant":
        return "ends with a turn of the assistant, in its question"
    for name, cell in (("chosen", chosen), ("rejected", rejected)):
        if not isinstance(cell, tuple) and not holds_conversations(cell):
            continue
        try:
            turns = [_turn(number, each) for number, each in enumerate(_objects(cell), 1)]
        except ValueError as error:
            return f"{error}, in its {name} answer"
        if not turns or turns[-1]["role"] != "assistant":
            return f"does not end with a turn of the assistant, in its {name} answer"
        before = turns[:-1]
        if before and _said(asked[-len(before) :]) != _said(before):
            return f"has turns before its last that are not those of the question, in its {name} answer"
    return ""


def holds_conversations(cell: Cell) -> bool:
    """Whether a cell looks like a list of turns, right or not."""
    try:
        objects = _objects(cell)
    except ValueError:
        return False
    return bool(objects) and all(map(is_turn, objects))


def _said(turns: list[dict[str, str]]) -> list[tuple[str, str]]:
    """Turns without the spaces around them, which files that hold a question twice often differ in."""
    return [(turn["role"], turn["content"].strip()) for turn in turns]


def _objects(cell: Cell) -> list[Any]:
    try:
        found = listed(cell) if isinstance(cell, str) else [json.loads(each) for each in cell or ()]
    except (ValueError, RecursionError):
        raise ValueError("is no list of turns") from None
    if found is None:
        raise ValueError("is no list of turns")
    return found


def _refuse_order(roles: list[str]) -> None:
    """Raises ValueError where turns do not follow one another as in a conversation."""
    for number, (role, before) in enumerate(zip(roles, ["", *roles], strict=False), 1):
        if role == "system" and number > 1:
            raise ValueError(f"has a turn of the system as number {number}; it can only be the first")
        if role == before:
            raise ValueError(f"has two turns of the {role} one after the other, number {number - 1} and {number}")


def _turn(number: int, given: Any) -> dict[str, str]:
    if not isinstance(given, dict):
        raise ValueError(f"has a turn, number {number}, that is no object with role and content")
    role, content = given.get("role", given.get("from")), given.get("content", given.get("value"))
    if not isinstance(role, str) or role not in ROLES:
        allowed = ", ".join(dict.fromkeys(ROLES.values()))
        raise ValueError(f"has a turn, number {number}, of the unknown role {str(role)[:20]!r}; known are {allowed}")
    if not isinstance(content, str):
        raise ValueError(f"has a turn, number {number}, whose content is no text")
    if is_empty(content) and ROLES[role] != "system":
        raise ValueError(f"has an empty turn, number {number}")
    return {"role": ROLES[role], "content": content}
