"""pydantic's errors, turned into problems that teach."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError, field_validator

from tunewright.recipe import Section
from tunewright.recipe.page import Page
from tunewright.recipe.problems import problems_of


class Inner(Section):
    """Inside."""

    size: int = Field(default=1, ge=1, le=9)
    """How large."""


class Outer(Section):
    """Outside."""

    either: int | Literal["auto", "none"] | None = None
    """A count, or a word."""
    many: tuple[int, ...] | Literal["all"] = "all"
    """Counts."""
    pair: tuple[float, float] = (0.0, 1.0)
    """Two numbers."""
    names: Annotated[list[str], Field(min_length=1, max_length=2)] = ["a"]  # noqa: RUF012
    """Some names."""
    weights: dict[str, float] = {}  # noqa: RUF012
    """Weight of each label."""
    inner: Inner | None = None
    """A group."""
    nested: tuple[Inner, ...] = ()
    """Groups."""
    code: str = Field(default="ab", pattern="^[a-z]+$", min_length=2, max_length=3)
    """Letters."""
    odd: int = 1
    """An odd number."""
    even: int = 0
    """An even number."""
    one: Literal["only"] = "only"
    """There is no other."""

    @field_validator("even")
    @classmethod
    def _is_even(cls, value: int) -> int:
        if value % 2:
            raise AssertionError("Only every other number will do")
        return value

    @field_validator("odd")
    @classmethod
    def _is_odd(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError("Should be odd.")
        return value


def problems(lines=None, **fields):
    try:
        Outer(**fields)
    except ValidationError as error:
        return problems_of(error, Outer, Page(values=fields, lines=lines or {}))
    return []


def told(**fields):
    return [(problem.where, problem.what) for problem in problems(**fields)]


@pytest.mark.parametrize(
    ("fields", "where", "what"),
    [
        ({"either": "x"}, "either", "is 'x', and should be a whole number or one of auto, none"),
        ({"either": 1.5}, "either", "is 1.5, and should be a whole number or one of auto, none"),
        ({"many": "x"}, "many", "is 'x', and should be a list or all"),
        ({"many": [1, "x"]}, "many.1", "is 'x', and should be a whole number"),
        ({"many": {"a": 1}}, "many", 'is {"a": 1}, and should be a list or all'),
        ({"pair": [1.0]}, "pair", "is [1.0], and should be a list of 2 items"),
        ({"pair": []}, "pair", "is [], and should be a list of 1 items or a list of 2 items"),
        ({"pair": [1, 2, 3]}, "pair", "is [1, 2, 3], and should be a list of at most 2 items"),
        ({"pair": [1, "x"]}, "pair.1", "is 'x', and should be a number"),
        ({"names": []}, "names", "is [], and should be a list of at least 1 items"),
        ({"names": ["a", "b", "c"]}, "names", 'is ["a", "b", "c"], and should be a list of at most 2 items'),
        ({"names": "a"}, "names", "is 'a', and should be a list"),
        ({"names": [7]}, "names.0", "is 7, and should be text"),
        ({"weights": {"no": "x"}}, "weights.no", "is 'x', and should be a number"),
        ({"weights": 5}, "weights", "is 5, and should be a group of fields"),
        ({"inner": {"size": 10}}, "inner.size", "is 10, and should be at most 9"),
        ({"inner": 5}, "inner", "is 5, and should be a group of fields"),
        ({"inner": {"sise": 1}}, "inner.sise", "is not a field here"),
        ({"nested": [{"size": 1}, {"size": 0}]}, "nested.1.size", "is 0, and should be at least 1"),
        ({"code": "A"}, "code", "is 'A', and should be text of at least 2 character(s)"),
        ({"code": "abcd"}, "code", "is 'abcd', and should be text of at most 3 character(s)"),
        ({"code": "AB"}, "code", "is 'AB', and should be text of the form ^[a-z]+$"),
        ({"code": None}, "code", "is null, and should be text"),
        ({"odd": 2}, "odd", "is 2, and should be odd"),
        ({"even": 1}, "even", "is 1, and only every other number will do"),
        ({"odd": float("nan")}, "odd", "is .nan, and should be a finite number"),
        ({"one": "two"}, "one", "is 'two', and should be only"),
        ({"odd": 10**400}, "odd", None),
        ({"many": [list(range(100))]}, "many.0", None),
        ({"codes": 1}, "codes", "is not a field here"),
    ],
)
def test_one_place_one_sentence(fields, where, what):
    """The branches of a union are one problem, and none of pydantic's words get through."""
    (problem,) = problems(**fields)
    assert problem.where == where
    if what is not None:
        assert problem.what == what
    assert len(problem.what) < 160


def test_the_hint_says_what_to_type():
    """A meaning explains; a correction is better."""
    assert problems(either="aut")[0].hint == "Did you mean 'auto'?"
    assert problems(names="a")[0].hint == "Write it as a list: [a]"
    assert problems(names=[7])[0].hint.endswith('is written in quotes: "007".')
    assert problems(code=True)[0].hint.endswith('is written in quotes: "007".')
    assert problems(inner={"sise": 1})[0].hint == "Did you mean 'size'? Allowed: size."
    assert problems(codes=1)[0].hint.startswith("Did you mean 'code'? Allowed: either, many, pair,")
    assert problems(size=3)[0].hint.startswith("It belongs under `inner`, indented by two spaces")
    assert problems(inner={"odd": 3})[0].hint == "It belongs at the top of the page, not indented."
    assert problems(**{"odd:5": None})[0].hint == "A colon wants a space after it: `odd: 5`."
    assert problems(pair=[1.0])[0].hint == "Two numbers."


def test_lines_and_order_are_the_pages():
    """Read from top to bottom, as one mends it."""
    lines = {("odd",): 9, ("inner",): 2, ("inner", "size"): 3, ("pair",): 5}
    found = problems(lines, odd=2, inner={"size": 0}, pair=[1, "x"])
    assert [problem.where for problem in found] == ["inner.size (line 3)", "pair.1", "odd (line 9)"]


def test_long_values_are_cut():
    """A pasted text of a thousand words must not push the message off the screen."""
    (problem,) = problems(either="x" * 1000)
    assert "..." in problem.what
    assert len(problem.what) < 160


def test_no_value_breaks_the_message():
    """From Python, anything can be given."""

    class Strange:
        def __repr__(self) -> str:
            return "<strange>"

    assert problems(odd=Strange())[0].what == 'is "<strange>", and should be a whole number'
    loop: list = []
    loop.append(loop)
    assert problems(odd=loop)[0].what == "is list, and should be a whole number"
    assert told(odd={1, 2})[0][0] == "odd"
