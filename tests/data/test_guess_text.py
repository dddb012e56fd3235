"""Texts without a target are recognised."""

from __future__ import annotations

import pytest

from tunewright.data.guess import guess
from tunewright.data.guess_text import is_running_text, text_column
from tunewright.data.reading import read
from tunewright.errors import UserError


def test_a_text_file_is_to_be_read_on_in(tmp_path):
    """Danger: init asks for the column to predict, of which there is none."""
    path = tmp_path / "a.txt"
    path.write_text("one story\nanother story\nand a third\n", encoding="utf-8")
    table = read(path, role="train")
    assert is_running_text(table)
    found = guess(table)
    assert (found.inputs, found.target, found.task) == ({"text": "text"}, "", "masked")


def test_a_table_is_read_on_in_when_asked_for(tmp_path):
    """Danger: a table with labels can only be classified, though its texts are wanted."""
    path = tmp_path / "a.csv"
    path.write_text(
        "id,review,label\n" + "".join(f"{i},a longer text {i},{i % 2}\n" for i in range(9)), encoding="utf-8"
    )
    table = read(path, role="train")
    assert not is_running_text(table)
    found = guess(table, task="language_model")
    assert (found.inputs, found.target, found.task) == ({"text": "review"}, "", "language_model")


def test_numbers_are_no_text(tmp_path):
    """Danger: a column of numbers is learned as language."""
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "".join(f"{i},{i * 2}\n" for i in range(9)), encoding="utf-8")
    with pytest.raises(UserError, match="no column holds text"):
        text_column(read(path, role="train"), None)
