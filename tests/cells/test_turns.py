"""Names of roles, and what looks like a turn."""

from __future__ import annotations

import pytest

from tunewright.cells.turns import ROLES, is_turn


def test_a_role_by_any_name_is_one_of_three() -> None:
    """Danger: a name that stands for a role which no chat template knows."""
    assert set(ROLES.values()) == {"system", "user", "assistant"}
    assert all(ROLES[role] == role for role in ROLES.values())


@pytest.mark.parametrize(
    ("given", "is_one"),
    [
        ({"role": "user", "content": "a"}, True),
        ({"from": "human", "value": None, "weight": 1}, True),
        ({"role": "user", "value": "a"}, False),
        ({"role": "user"}, False),
        (["role", "content"], False),
        ("role content", False),
        (None, False),
    ],
)
def test_both_forms_are_turns(given: object, is_one: bool) -> None:
    """Danger: a list of other objects is taken for a conversation; or one with more keys is not."""
    assert is_turn(given) is is_one
