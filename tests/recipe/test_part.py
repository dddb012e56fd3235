"""Sections and parts: frozen, closed, plain."""

from __future__ import annotations

import pickle
from typing import Literal

import pytest
from pydantic import Field, ValidationError

from tunewright.recipe import Part, Section


class Knob(Part):
    """Turns something.

    More about it.
    """

    kind: Literal["knob"] = "knob"
    size: int = 3
    """How large."""
    share: float | None = 0.5
    """How much of it."""
    loud: bool | int = False
    """True, or how loud."""
    names: tuple[str, ...] = ()
    """What for."""


class Undocumented(Part):
    kind: Literal["undocumented"] = "undocumented"


class Group(Section):
    """A group."""

    knob: Knob = Field(default_factory=Knob)


def test_a_part_cannot_be_changed():
    """A part that is changed after the check is not what was checked, nor what the filled recipe says."""
    with pytest.raises(ValidationError, match="frozen"):
        Knob().size = 4


def test_a_part_is_compared_and_hashed_by_its_fields():
    """Parts are keys of caches and of searches."""
    assert Knob(size=1) == Knob(size=1) != Knob(size=2)
    assert len({Knob(size=1), Knob(size=1), Knob(size=2)}) == 2
    assert hash(Group()) == hash(Group())


def test_a_part_goes_to_another_process_and_comes_back_equal():
    """Distributed runs send the recipe to their workers."""
    assert pickle.loads(pickle.dumps(Knob(size=7, names=("a",)))) == Knob(size=7, names=("a",))


def test_an_unknown_field_is_an_error():
    """Swallowed, a typo would train with the default."""
    with pytest.raises(ValidationError, match="Extra inputs"):
        Knob(sise=4)


def test_a_wrong_default_is_found():
    """A default that breaks its own rule would be found by the first user."""

    class Wrong(Section):
        size: int = Field(default=0, ge=1)

    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        Wrong()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "nan", "inf"])
def test_numbers_are_finite(value):
    """A learning rate of nan passes every comparison as false."""
    with pytest.raises(ValidationError, match="finite"):
        Knob(share=value)


@pytest.mark.parametrize("name", ["size", "share"])
@pytest.mark.parametrize("value", [True, False])
def test_true_is_no_number(name, value):
    """Python counts true as 1: `epochs: true` would train one epoch."""
    with pytest.raises(ValidationError, match="should be a number"):
        Knob(**{name: value})


def test_true_is_accepted_where_it_is_meant():
    """The rule is for numbers, not for switches."""
    assert Knob(loud=True).loud is True
    assert Knob(loud=2).loud == 2


def test_docstrings_are_descriptions():
    """The one sentence under a field feeds help, filled recipe, schema and error messages."""
    assert Knob.model_fields["size"].description == "How large."


def test_summary_is_the_first_line():
    """`tunewright parts` prints one line a part."""
    assert Knob.summary() == "Turns something."
    assert Undocumented.summary() == ""
