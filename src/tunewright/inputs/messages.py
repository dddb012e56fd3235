"""Conversations, a list of turns a row."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import Field

from tunewright.cells.spelled import listed
from tunewright.cells.turns import ROLES, is_turn
from tunewright.inputs.chat import ChatInput, Turns
from tunewright.inputs.input import Cells

__all__ = ["MessagesInput", "turns_of"]


class MessagesInput(ChatInput):
    """A column of conversations: lists of `{"role": ..., "content": ...}`, every answer of which is learned.

    Lists of `{"from": ..., "value": ...}` are read too.
    """

    kind: Literal["messages"] = "messages"
    """Which input this is."""
    messages: str = Field(min_length=1)
    """Column that holds the lists of turns."""
    system: str | None = None
    """A turn of the system that is put before conversations that have none."""

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.messages,)

    @property
    def roles(self) -> dict[str, str]:
        return {"messages": self.messages}

    @property
    def turns_column(self) -> str:
        return self.messages

    def turns(self, cells: Cells) -> list[Turns]:
        return [self._led(turns_of(cell)) for cell in cells[self.messages]]

    def _led(self, turns: Turns) -> Turns:
        has = bool(turns) and turns[0]["role"] == "system"
        return turns if has or not self.system else [{"role": "system", "content": self.system}, *turns]


def turns_of(cell: Any) -> Turns:
    """A cell's turns; a text that is no list of them is a question."""
    if isinstance(cell, tuple):
        return [_turn(json.loads(each)) for each in cell]
    found = listed(cell or "")
    if found and all(map(is_turn, found)):
        return [_turn(each) for each in found]
    return [{"role": "user", "content": cell or ""}]


def _turn(given: dict[str, str]) -> dict[str, str]:
    role = given.get("role") or given["from"]
    return {"role": ROLES.get(role, role), "content": given.get("content") or given.get("value") or ""}
