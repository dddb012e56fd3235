"""Answers in every form they are written in, and every way they can be wrong."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.data.answers import answer_cell, answers_of, beside, context_column, says_nothing
from tunewright.data.table import Table
from tunewright.errors import RecipeError

CONTEXT = "Der Müller sah 308 Schafe, und 308 Kühe."
GOOD = (CONTEXT, "15:308")


@pytest.mark.parametrize(
    ("cell", "starts"),
    [
        ('{"text": "308", "answer_start": 15}', None),
        ('[{"text": "308", "answer_start": 15}]', None),
        ("[{'text': '308', 'answer_start': 15}]", None),
        (('{"text": "308", "answer_start": 15}',) * 3, None),
        ('{"text": ["308"], "answer_start": [15]}', None),
        ("308", "15"),
        ("308", "15.0"),
        (("308",), ("15",)),
        ("308", "[15]"),
    ],
)
def test_every_way_to_write_an_answer(cell, starts) -> None:
    """Danger: a form in common use (SQuAD, the hub's, csv) that is read as a text, or refused."""
    assert answer_cell(cell, CONTEXT, starts) == GOOD
    assert answers_of(GOOD) == (CONTEXT, [(15, "308")])


def test_a_text_that_stands_once_needs_no_place() -> None:
    """Danger: a guess where there are two."""
    assert answer_cell("Kühe", CONTEXT) == (CONTEXT, "35:Kühe")
    assert answer_cell("[1]", "see [1] there") == ("see [1] there", "4:[1]")
    with pytest.raises(ValueError, match="it stands 2 times in the context"):
        answer_cell("308", CONTEXT)
    with pytest.raises(ValueError, match="it stands nowhere in the context"):
        answer_cell("Pferde", CONTEXT)


@pytest.mark.parametrize(
    ("cell", "starts", "none", "said"),
    [
        ("308", "14", None, "says that answer 1 starts at 14, and it stands at 15"),
        ("308", "16", None, "counts bytes and not characters"),
        ("Pferde", "3", None, "does not stand in the context at all"),
        ("308", "400", None, "outside the context of 40 characters"),
        ("308", "-2", None, "outside the context of 40 characters"),
        ("308", "x", None, "no whole number"),
        ("308", "1.5", None, "no whole number"),
        (("308", "Kühe"), ("15",), None, "2 answers and 1 starts"),
        (('{"answer_start": 3}',), None, None, "without its text"),
        ('{"text": "  ", "answer_start": 3}', None, None, "empty text as answer 1"),
        ("308", "15", "true", "is said to have no answer, and has one"),
        ((), None, "false", "is said to have one"),
        ("", None, "maybe", "neither true nor false"),
    ],
)
def test_what_is_wrong_is_said_without_the_text(cell, starts, none, said) -> None:
    """Danger: a wrong place is learned as it is; or a person's text stands in an error that goes into a log."""
    with pytest.raises(ValueError, match=said) as caught:
        answer_cell(cell, CONTEXT, starts, none)
    assert "Schafe" not in str(caught.value)


@pytest.mark.parametrize(
    ("cell", "starts", "none", "silent"),
    [
        ("", None, None, True),
        (None, None, None, True),
        ("", "", "false", True),
        ((), None, None, False),
        ("[]", None, None, False),
        ("", "-1", None, False),
        (None, None, "true", False),
    ],
)
def test_no_answer_must_be_said(cell, starts, none, silent) -> None:
    """Danger: a cell that somebody forgot to fill is learned as a question without an answer."""
    assert says_nothing(cell, starts, none) == silent
    if not silent:
        assert answer_cell(cell, CONTEXT, starts, none) == (CONTEXT,)


def test_columns_beside_the_target_are_found_by_name() -> None:
    """Danger: places of another column of answers, or none though they stand there."""
    names = ("answers.text", "answers.answer_start", "answer", "answer_start", "gold", "gold_start", "is_impossible")
    table = Table({name: [name] for name in names}, (), np.zeros(1, np.int32), np.ones(1, np.int64))
    for target, starts in (
        ("answers.text", "answers.answer_start"),
        ("answer", "answer_start"),
        ("gold", "gold_start"),
    ):
        assert beside(table, target).starts == [starts]
        assert beside(table, target).none == ["is_impossible"]


def test_a_recipe_without_a_context_is_told_so() -> None:
    """Danger: a KeyError where a recipe names the wrong columns."""
    with pytest.raises(RecipeError, match="question: COLUMN, context: COLUMN"):
        context_column({"text": "review"})


@given(st.text(min_size=1, max_size=40), st.data())
def test_written_and_read_are_each_others_inverse(context: str, data) -> None:
    """Danger: colons, line breaks and quotes in answers."""
    start = data.draw(st.integers(0, len(context) - 1))
    text = context[start : data.draw(st.integers(start + 1, len(context)))]
    if text.strip():
        cell = (json.dumps({"text": text, "answer_start": start}),)
        assert answers_of(answer_cell(cell, context)) == (context, [(start, text)])
