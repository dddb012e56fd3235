"""The table of commands is all that `--help` reads; it must fit what the commands are."""

from __future__ import annotations

import importlib
import inspect

import pytest

from tunewright.cli.verbs import VERBS


@pytest.mark.parametrize("name", VERBS)
def test_each_command_has_its_module_and_takes_options(name):
    """A line without its module fails only when somebody types it."""
    module = importlib.import_module(VERBS[name].module)
    assert VERBS[name].module == f"tunewright.cli.{name}"
    assert list(inspect.signature(module.run).parameters) == ["options"]
    assert module.run.__doc__


def test_every_command_of_the_plan_is_there():
    """The names are fixed for those who script them."""
    assert list(VERBS) == [
        "demo", "init", "check", "train", "evaluate", "predict", "report", "cache", "models", "parts", "schema",
        "doctor",
    ]  # fmt: skip


def test_summaries_fit_on_a_line():
    """The overview is read on 100 columns."""
    assert all(len(verb.summary) <= 90 and not verb.summary.endswith(".") for verb in VERBS.values())
