"""The tree of errors and what each shows."""

from __future__ import annotations

import pickle
import re

import pytest

from tunewright import errors
from tunewright.errors import (
    DataError,
    FailedElsewhere,
    MissingExtraError,
    Problem,
    RecipeError,
    ResourceError,
    RunError,
    Stopped,
    TunewrightError,
    UserError,
    near_miss,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UserError("x"), 2),
        (RecipeError("x"), 2),
        (DataError("x"), 2),
        (MissingExtraError("x", "y", "z"), 2),
        (RunError("x"), 1),
        (errors.NonFiniteError("x"), 1),
        (errors.CheckpointError("x"), 1),
        (errors.VerificationError("x"), 1),
        (ResourceError("x"), 75),
        (Stopped(2, "x"), 130),
        (Stopped(15, "x"), 143),
    ],
)
def test_exit_codes_are_fixed(error, code):
    """Schedulers decide by them whether to try again."""
    assert isinstance(error, TunewrightError)
    assert error.exit_code == code
    assert "x" in str(error)


def test_a_process_that_follows_ends_as_the_first_one_did():
    """A job whose exit status depends on which process was looked at cannot be scheduled."""
    error = FailedElsewhere(1, 75)
    assert (error.rank, error.exit_code) == (1, 75)


def test_the_tree_in_the_docstring_is_the_tree():
    """A drawing that lags behind the code misleads whoever writes an `except`."""
    drawn = re.findall(r"^[│├└─ ]*(\w+(?:Error|Stopped|d|Elsewhere))\b", errors.__doc__, re.MULTILINE)
    classes = {name for name in errors.__all__ if isinstance(getattr(errors, name), type)} - {"Problem"}
    assert classes <= set(drawn)
    for name in classes - {"TunewrightError", "UserError", "RunError", "ResourceError", "Stopped", "FailedElsewhere"}:
        parent = "UserError" if drawn.index(name) < drawn.index("RunError") else "RunError"
        assert issubclass(getattr(errors, name), getattr(errors, parent))


def test_a_problem_shows_where_what_and_the_way_out():
    """Three things a user needs, each on its place."""
    assert str(Problem("a.b", "is 5", "Write 6.")) == "  a.b: is 5\n      Write 6."
    assert str(Problem("a.b", "is 5")) == "  a.b: is 5"
    assert str(Problem("", "nothing fits")) == "  nothing fits"


def test_a_list_of_problems_is_cut_to_a_screen_but_kept_whole():
    """Ten thousand bad rows must not scroll the reason away; a program still gets them all."""
    problems = [Problem(f"f.csv:{line}", "is ragged") for line in range(1, 41)]
    error = DataError("f.csv cannot be used.", problems, "Skip them with: on_bad_row: skip")
    lines = str(error).splitlines()
    assert lines[0] == "f.csv cannot be used."
    assert lines[1] == "  f.csv:1: is ragged"
    assert lines[-2] == "  ... and 28 more"
    assert lines[-1] == "Skip them with: on_bad_row: skip"
    assert len(lines) == 15
    assert error.problems == tuple(problems)
    assert "more" not in str(DataError("x", problems[:12]))


def test_a_missing_package_says_what_to_type():
    """`No module named datasets` does not."""
    error = MissingExtraError("reading hub://ag_news", "datasets", "hub")
    assert str(error) == (
        "reading hub://ag_news needs the package 'datasets', which is not installed.\n"
        "  Install it with: pip install 'tunewright[hub]'"
    )


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("lorra", "Did you mean 'lora'?"),
        ("LoRA", "Did you mean 'lora'?"),
        ("focall", "Did you mean 'Focal'?"),
        ("xyz", ""),
        ("", ""),
        ("您", ""),
    ],
)
def test_near_misses(given, hint):
    """A hint that is far off is worse than none."""
    assert near_miss(given, ["lora", "full", "Focal"]) == hint


def test_near_miss_takes_any_iterable():
    """Dictionaries, generators and empty lists are all given somewhere."""
    assert near_miss("lorra", {"lora": 1}) == "Did you mean 'lora'?"
    assert near_miss("lorra", (name for name in ["lora"])) == "Did you mean 'lora'?"
    assert near_miss("lorra", []) == ""


@pytest.mark.parametrize(
    "error",
    [
        UserError("x"),
        RecipeError("summary", [Problem("a", "b", "c")], "advice"),
        DataError("summary", [Problem("a", "b")]),
        MissingExtraError("a", "b", "c"),
        Stopped(15, "saved"),
        ResourceError("disk"),
        FailedElsewhere(1, 75),
    ],
)
def test_errors_cross_process_borders(error):
    """A worker's error arrives pickled; one that cannot be rebuilt hangs or hides the cause."""
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert copy.exit_code == error.exit_code
    assert getattr(copy, "problems", None) == getattr(error, "problems", None)
