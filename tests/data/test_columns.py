"""Columns: all that is missing at once, and never the answer among the inputs."""

from __future__ import annotations

import pytest

from tunewright.data.columns import check_columns
from tunewright.errors import DataError


def test_all_at_once(made):
    """One complaint a run, and five runs to find five slips."""
    tables = {"train": made(text=["a"], labels=["x"]), "test": made(text=["a"], label=["x"])}
    with pytest.raises(DataError) as error:
        check_columns(tables, ["txt"], "label", "patient")
    assert [problem.where for problem in error.value.problems] == [
        "data.inputs",
        "data.target",
        "data.group",
        "data.inputs",
        "data.group",
    ]
    assert "Did you mean 'labels'?" in str(error.value) and "made.csv" in str(error.value)


def test_the_target_among_the_inputs(made):
    """100% accuracy, and a model that knows nothing."""
    with pytest.raises(DataError, match="read off the answer"):
        check_columns({"train": made(text=["a"], label=["x"])}, ["text", "label"], "label", None)


def test_all_there(made):
    """No complaint about nothing."""
    check_columns({"train": made(text=["a"], label=["x"], g=["1"])}, ["text"], "label", "g")
