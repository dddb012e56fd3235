"""Tables: rows keep their place, and a wrong name is answered with the right one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tunewright.data.table import Table, is_empty, shown
from tunewright.errors import DataError


@pytest.mark.parametrize("cell", [None, "", " ", "\t\n", "\u3000", "\u200b", " \ufeff ", (), ("", " ")])
def test_what_cannot_be_seen_is_empty(cell):
    """A label of one zero-width space would be a class that nobody can see."""
    assert is_empty(cell)


@pytest.mark.parametrize("cell", ["0", "NA", "null", "None", "-", (" ", "a"), "的"])
def test_words_that_others_take_for_null_are_not_empty(cell):
    """pandas drops the texts NA and null without a word."""
    assert not is_empty(cell)


def test_taking_rows_keeps_their_places(made):
    """A message that names the wrong line sends the user to mend a good row."""
    table = made(text=["a", "b", "c"], label=["x", "y", "z"])
    taken = table.take([2, 0])
    assert taken.columns == {"text": ["c", "a"], "label": ["z", "x"]}
    assert [str(taken.place(0)), str(taken.place(1, "again"))] == ["made.csv:4", "made.csv:2 (again)"]
    assert taken.short_place(0) == "made.csv:4"
    assert len(taken) == 2 and len(table.take([])) == 0


def test_columns_of_unequal_length_are_refused(made):
    """Cells of different rows side by side give every text the wrong label."""
    with pytest.raises(ValueError, match="unequal"):
        Table({"a": ["1"], "b": []}, (), np.zeros(1, np.int32), np.ones(1, np.int64))


@pytest.mark.parametrize(
    ("asked", "answer"),
    [("txt", "Did you mean 'text'?"), (" Text", "The file spells it 'text'"), ("zzz", "Columns: 'text', 'label'.")],
)
def test_a_missing_column_is_answered_with_those_that_exist(made, asked, answer):
    """`KeyError: 'txt'` leaves the user to open the file and look."""
    table = made(text=["a"], label=["x"])
    with pytest.raises(DataError, match=r"made\.csv has no column") as error:
        table.column(asked)
    assert answer in str(error.value)
    assert table.column("text") == ["a"]


def test_one_column_alone_points_to_the_delimiter(made):
    """A semicolon file read by commas is one column, and the wrong column name is not the trouble."""
    with pytest.raises(DataError, match=r"data\.delimiter"):
        made(**{"text;label": ["a;x"]}).column("text")


def test_a_new_column_replaces_the_old(made):
    """Parsed targets must not disturb the other columns."""
    table = made(text=["a"], label=["x"]).with_columns({"label": [("x", "y")]})
    assert table.columns == {"text": ["a"], "label": [("x", "y")]}


def test_paths_are_short_inside_the_current_folder(tmp_path, monkeypatch):
    """A message full of /home/... hides the name that matters."""
    monkeypatch.chdir(tmp_path)
    assert shown(tmp_path / "a" / "b.csv") == "a/b.csv"
    assert shown(Path("c.csv")) == "c.csv"
    assert shown(Path("/elsewhere/d.csv")) == "/elsewhere/d.csv"


def test_a_table_without_files_has_a_name():
    """A table made by a program has no file to name."""
    empty = Table({}, (), np.zeros(0, np.int32), np.zeros(0, np.int64))
    assert empty.name == "the table"
