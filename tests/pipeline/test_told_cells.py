"""What callers of Python hand over becomes cells, or an error that says what to write."""

from __future__ import annotations

import json
from typing import cast

import pytest

from tunewright.cells.turns import ROLES
from tunewright.data.conversations import as_conversation
from tunewright.inputs.messages import MessagesInput
from tunewright.inputs.preference import PreferenceInput
from tunewright.inputs.prompt_response import PromptResponseInput
from tunewright.inputs.text import TextInput
from tunewright.pipeline.told_cells import faulty_questions, told_cell, unread_remark
from tunewright.tasks import Prediction

ASKED = [{"role": "user", "content": "Bao giờ hàng đến?"}]


def test_turns_become_what_a_file_would_hold():
    """Danger: a list of mappings ends in a traceback, or its letters as escapes in what the model reads."""
    cell = told_cell(ASKED, turns=True)
    assert [json.loads(each) for each in cell] == ASKED and "Bao giờ" in cell[0]
    assert MessagesInput(messages="m").turns({"m": [cell, json.dumps(ASKED), "Bao giờ hàng đến?"]}) == [ASKED] * 3


def test_texts_and_lists_of_texts_stay():
    """Danger: words of a tagged text are taken for turns; a missing cell becomes the text None."""
    assert told_cell("good", turns=False) == "good" == told_cell("good", turns=True)
    assert told_cell(["a", "b"], turns=False) == ("a", "b") and told_cell(None, turns=False) == ""


@pytest.mark.parametrize(
    ("value", "turns", "said"),
    [
        (5, False, "of the type int; give a text"),
        (float("nan"), True, "of the type float; give a text, or a list of turns"),
        (ASKED[0], True, "is one turn, and no list of them"),
        (ASKED, False, "a value of the type dict; give a text"),
        (["hi"], True, "a value of the type str"),
        ([*ASKED, "hi"], True, "a value of the type str"),
        ([{"role": "user", "content": object()}], True, "something else than texts"),
    ],
)
def test_anything_else_is_refused_by_name(value, turns, said):
    """Danger: a number is read as an empty text, and answered."""
    with pytest.raises(ValueError, match=said.replace("[", ".")):
        told_cell(value, turns)


def test_turns_that_cannot_be_read_are_named_by_row():
    """Danger: a turn without a role ends in a KeyError; one of a robot is read as the user's."""
    bad = [
        [{"content": "hi"}],
        [{"role": "robot", "content": "hi"}],
        [*ASKED, *ASKED],
        [{"role": "user", "content": 3}],
        [{"role": ["user"], "content": "hi"}],
    ]
    cells = {"m": [told_cell(ASKED, True), "plain text", "[1, 2]", *(told_cell(each, True) for each in bad)]}
    found = faulty_questions(cells, MessagesInput(messages="m"))
    assert sorted(found) == [3, 4, 5, 6, 7]
    assert "unknown role 'robot'" in found[4] and "two turns of the user" in found[5] and "no text" in found[6]
    assert faulty_questions({"p": cells["m"]}, PreferenceInput(prompt="p", chosen="c", rejected="r")) == found
    assert faulty_questions({"p": ["x"]}, PromptResponseInput(prompt="p", response="r")) == {}
    assert faulty_questions({"t": ["x"]}, TextInput(text="t")) == {}


def test_a_list_that_holds_no_turns_is_a_question():
    """Danger: "what is [1, 2]" ends in a traceback."""
    assert MessagesInput(messages="m").turns({"m": ["[1, 2]"]}) == [[{"role": "user", "content": "[1, 2]"}]]
    assert MessagesInput(messages="m").turns({"m": ['[{"a": 1}]']})[0][0]["role"] == "user"


def test_questions_that_were_not_read_whole_are_counted():
    """Danger: an answer to the end of a question is taken for one to all of it."""
    made = [Prediction("x", None, {}, unread=cut) for cut in (0, 7, 1200)]
    assert unread_remark([None, made[0]]) == ""
    assert "2 questions leave" in unread_remark(made) and "1,200 tokens" in unread_remark(made)
    assert "1 question leaves" in unread_remark([made[1], None])


@pytest.mark.parametrize("names", [("role", "content"), ("from", "value")])
def test_new_conversations_are_read_as_those_of_training(names: tuple[str, str]) -> None:
    """Danger: the audit and the input read turns each by itself; a name of a role that one of them learns, and the
    other does not, gives the model other words before a question than it was trained with."""
    for who, role in ROLES.items():
        rest = {"system": ("user", "assistant"), "user": ("assistant",), "assistant": ()}[role]
        roles = [*(["user"] if role == "assistant" else []), who, *rest]
        turns = [dict(zip(names, (each, f"words of {each}"), strict=True)) for each in roles]
        told = tuple(json.dumps(turn) for turn in turns)
        trained = [json.loads(turn) for turn in cast("tuple[str, ...]", as_conversation(told))]
        assert role in [turn["role"] for turn in trained]
        assert MessagesInput(messages="m").turns({"m": [told, json.dumps(turns)]}) == [trained, trained]
