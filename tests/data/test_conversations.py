"""Conversations: read in the forms that occur, refused where a turn is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tunewright.data.conversations import as_conversation, fault_of_preference, fault_of_question, holds_conversations


def cell(*turns: tuple[str, object], role: str = "role", content: str = "content") -> tuple[str, ...]:
    return tuple(json.dumps({role: who, content: said}) for who, said in turns)


def spelled(turns: tuple[str, ...]) -> str:
    return f"[{', '.join(turns)}]"


GOOD = cell(("system", "be short"), ("user", "hi"), ("assistant", "hello"), ("user", "bye"), ("assistant", "bye"))


def test_every_form_becomes_one():
    """Danger: a data set in the other of two common forms is read as rows without answers."""
    assert as_conversation(GOOD) == GOOD
    shared = cell(("human", "你好"), ("gpt", "您好"), role="from", content="value")
    assert [json.loads(turn) for turn in as_conversation(shared)] == [
        {"role": "user", "content": "你好"}, {"role": "assistant", "content": "您好"},
    ]  # fmt: skip
    turns = [json.loads(turn) for turn in GOOD]
    assert as_conversation(json.dumps(turns)) == as_conversation(str(turns)) == GOOD
    assert as_conversation(None) is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (cell(("user", "hi")), "no turn of the assistant"),
        (cell(("user", "hi"), ("assistant", "hello"), ("user", "and?")), "ends with a turn of the user"),
        (cell(("user", "hi"), ("assistant", "  ")), "empty turn, number 2"),
        (cell(("user", "hi"), ("tool", "x"), ("assistant", "a")), "unknown role 'tool'"),
        (cell(("user", "hi"), ("user", "hi"), ("assistant", "a")), "two turns of the user"),
        (cell(("user", "hi"), ("system", "x"), ("assistant", "a")), "system as number 2"),
        (cell(("user", 7), ("assistant", "a")), "content is no text"),
        (cell(("assistant", "a"), ("user", "hi"), ("assistant", "b")), "begins with a turn of the assistant"),
        (
            cell(("system", "x"), ("assistant", "a"), ("user", "hi"), ("assistant", "b")),
            "begins with a turn of the ass",
        ),
        ("[" * 100_000, "no list of turns"),
        ("[{{0}}]", "no list of turns"),
        (("hello",), "no list of turns"),
        ("hello", "no list of turns"),
        (("1",), "no object"),
    ],
)
def test_what_cannot_be_learned_is_named(given, said):
    """Danger: a missing answer is learned as silence, a tool's output as the user's words."""
    with pytest.raises(ValueError, match=said):
        as_conversation(given)


def test_conversations_are_told_from_other_lists():
    """Danger: lists of labels or of words are taken for conversations."""
    assert holds_conversations(GOOD)
    assert holds_conversations(cell(("user", "no answer")))
    assert not any(map(holds_conversations, [("a", "b"), ("1", "2"), "text", (), ('{"start": 1}',)]))


@pytest.mark.parametrize(
    ("turns", "fault"),
    [
        ([{"role": "user", "content": "a"}], ""),
        ([{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}], ""),
        ([{"role": "assistant", "content": "a"}, {"role": "user", "content": "b"}], ""),
        ([{"role": "user", "content": "a"}] * 2, "two turns of the user"),
        ([{"role": "user"}], "whose content is no text"),
        ([{"role": ["user"], "content": "a"}], "unknown role"),
    ],
)
def test_a_question_may_wait_for_its_answer(turns: list[dict[str, Any]], fault: str) -> None:
    """Danger: new rows are refused for the answer that they ask for, or answered though they make no sense."""
    found = fault_of_question(tuple(json.dumps(turn) for turn in turns))
    assert fault in found and bool(fault) == bool(found)
    assert fault_of_question("[1, 2] is a list") == "" == fault_of_question("[1, 2]")


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        (("hi", "hello", "no"), ""),
        ((cell(("user", "hi")), cell(("user", "hi"), ("assistant", "a")), cell(("assistant", "b"))), ""),
        (("hi \n", spelled(cell(("user", "hi"), ("assistant", "a"))), "b"), ""),
        ((cell(("system", "x"), ("user", "hi")), cell(("user", "hi"), ("assistant", "a")), "b"), ""),
        ((spelled(cell(("user", "hi"))), "a", str([{"role": "assistant", "content": "b"}])), ""),
        (("hi", spelled(cell(("user", "hi"))), "b"), "does not end with a turn of the assistant, in its chosen"),
        (("hi", spelled(cell(("robot", "hi"))), "b"), "unknown role 'robot'"),
        (("hi", "a", cell(("user", "ho"), ("assistant", "b"))), "not those of the question, in its rejected answer"),
        (("hi", cell(("system", "x"), ("user", "hi"), ("assistant", "a")), "b"), "not those of the question"),
        ((cell(("user", "hi"), ("assistant", "a")), "a", "b"), "ends with a turn of the assistant, in its question"),
        ((("hi", "ho"), "a", "b"), "is no list of turns, in its question"),
        (("hi", cell(("user", "a")), "b"), "does not end with a turn of the assistant, in its chosen answer"),
        (("hi", "a", ("b",)), "is no list of turns, in its rejected answer"),
        (("hi", "a", cell(("robot", "b"))), "unknown role 'robot'; known are system, user, assistant, in its rejected"),
    ],
)
def test_a_pair_of_answers_is_looked_into(cells, fault):
    """Danger: the user's own words, or the JSON of turns, are learned as the answer that was preferred; turns that
    stand in an answer alone are dropped unseen."""
    found = fault_of_preference(*cells)
    assert (fault in found) if fault else found == ""
