"""What all inputs have in common."""

from __future__ import annotations

import pytest

from tunewright.inputs import Input
from tunewright.inputs.text_pair import TextPairInput


def test_roles_read_as_people_write() -> None:
    """Danger: a report that prints Python's tuples, or counts `kind` among the columns."""
    part = TextPairInput(text=("title", "body"), pair="answer")
    assert part.roles == {"text": "title + body", "pair": "answer"}


def test_an_input_is_closed_and_frozen() -> None:
    """Danger: a misspelled role that is taken for nothing, or a recipe that changes while a run reads it."""
    with pytest.raises(ValueError, match="Extra inputs"):
        TextPairInput(text="a", pair="b", paar="c")
    with pytest.raises(ValueError, match="frozen"):
        TextPairInput(text="a", pair="b").text = "c"


def test_a_new_input_must_say_how_it_reads() -> None:
    """Danger: an input of a third party that fails in the middle of a run instead of at its birth."""
    with pytest.raises(TypeError, match="abstract"):
        Input(kind="nothing")
