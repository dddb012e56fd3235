"""Turns of a conversation, in the forms that are found in the wild."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["ROLES", "is_turn"]

ROLES: Mapping[str, str] = {
    "system": "system", "developer": "system", "user": "user", "human": "user", "assistant": "assistant",
    "gpt": "assistant", "model": "assistant", "bot": "assistant",
}  # fmt: skip
"""The three roles by all names that they have."""
_FORMS = ({"role", "content"}, {"from", "value"})


def is_turn(given: Any) -> bool:
    """Whether it is an object with `role` and `content`, or with `from` and `value` (ShareGPT), right or not."""
    return isinstance(given, dict) and any(names <= given.keys() for names in _FORMS)
