"""What the user has said is taken; only the rest is guessed."""

from __future__ import annotations

import pytest

from tunewright.data.guess import guess
from tunewright.errors import DataError, UserError

TEXTS = [f"the parcel number {i} came late and the box was open" for i in range(40)]
NOTES = [f"called back on day {i}, the customer was not at home again" for i in range(40)]
MOODS = ["calm", "cross"] * 20
TEAMS = ["north", "south", "east", "west"] * 10


@pytest.fixture
def ambiguous(made):
    """Two texts and two columns that could be predicted, none called like its job."""
    return made(alpha=TEXTS, beta=NOTES, gamma=MOODS, delta=TEAMS)


def test_nothing_said_and_nothing_to_tell_by_is_an_error_with_the_command(ambiguous):
    """A guess between two equal columns would train on the wrong one in half of the cases."""
    with pytest.raises(UserError) as caught:
        guess(ambiguous)
    assert "tunewright init made.csv --text COLUMN --target COLUMN" in str(caught.value)
    assert all(repr(name) in str(caught.value) for name in ("alpha", "beta", "gamma", "delta"))


def test_both_columns_as_said(ambiguous):
    """The user's word beats names and contents."""
    found = guess(ambiguous, text="beta", target="delta")
    assert found.inputs == {"text": "beta"}
    assert (found.target, found.task) == ("delta", "classify")
    assert found.reasons["text"] == found.reasons["target"] == "given"
    assert "4 values" in found.reasons["task"]
    assert found.alternatives == {"text": ["alpha"], "target": ["gamma"]}


def test_a_target_alone_leaves_the_text_to_be_guessed(ambiguous):
    """One hint is often enough, and must not turn the other guess off."""
    found = guess(ambiguous, target="gamma")
    assert found.target == "gamma"
    assert found.inputs["text"] in ("alpha", "beta")


def test_a_text_alone_leaves_the_target_to_be_guessed(made):
    """The column that is read must not be offered as the one to be predicted."""
    found = guess(made(label=TEXTS, topic=MOODS), text="label")
    assert found.inputs == {"text": "label"}
    assert found.target == "topic"


def test_a_column_that_looks_unfit_is_taken_when_it_is_named(made):
    """`id` is left out of guesses; who names it has a reason."""
    found = guess(made(id=[str(i) for i in range(40)], words=["yes", "no"] * 20, text=TEXTS), text="words", target="id")
    assert found.inputs == {"text": "words"}
    assert (found.target, found.task) == ("id", "regress")


def test_a_named_target_that_does_not_exist_has_a_near_miss(ambiguous):
    """A typo in an option must not come back as a KeyError."""
    with pytest.raises(DataError, match="gamma"):
        guess(ambiguous, target="gama")
