"""Lists of turns, in a column."""

from __future__ import annotations

from tunewright.inputs.messages import MessagesInput


def test_a_system_turn_is_put_in_front_where_there_is_none():
    """Danger: a row's own system text is doubled or replaced."""
    part = MessagesInput(messages="m", system="be kind")
    own = ('{"role": "system", "content": "be short"}', '{"role": "user", "content": "hi"}')
    rows = part.turns({"m": [own, own[1:], "hi"]})
    assert [[turn["content"] for turn in row] for row in rows] == [
        ["be short", "hi"],
        ["be kind", "hi"],
        ["be kind", "hi"],
    ]
    assert part.roles == {"messages": "m"} and part.columns == ("m",)


def test_the_other_form_is_read_too():
    """Danger: new rows for predict, which nobody has rewritten, are refused or read as one text."""
    part = MessagesInput(messages="m")
    row = part.turns({"m": ['[{"from": "human", "value": "hi"}, {"from": "gpt", "value": "hello"}]']})[0]
    assert row == [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    assert part.texts({"m": ["hi"]}) == ["user: hi"]
