"""A table that is opened from disk must answer as the one that was written."""

from __future__ import annotations

import json

import numpy as np

from tunewright.data.kept_table import open_table, write_table
from tunewright.data.reading import read
from tunewright.data.table import Table


def test_cells_and_places_come_back(tmp_path):
    """Findings and mistakes name file and line; a shifted line sends the reader to another row."""
    path = tmp_path / "a.csv"
    path.write_text('text,label\n"two\nlines",x\n天气很好,y\nPhở,\n', encoding="utf-8")
    table = read(path, role="train")
    (tmp_path / "kept").mkdir()
    described = json.loads(json.dumps(write_table(tmp_path / "kept", table)))
    again = open_table(tmp_path / "kept", described)
    assert {name: list(cells) for name, cells in again.columns.items()} == dict(table.columns)
    assert [str(again.place(row)) for row in range(3)] == [str(table.place(row)) for row in range(3)]
    assert again.files == table.files and again.name == table.name
    some = again.take([2, 0])
    assert list(some.column("text")) == ["Phở", "two\nlines"] and some.place(0).line == 5


def test_a_table_without_rows_comes_back(tmp_path):
    """An empty file cannot be mapped, and an empty split is no reason to stop."""
    empty = Table({"a": []}, (), np.zeros(0, np.int32), np.zeros(0, np.int64), (), "a")
    again = open_table(tmp_path, write_table(tmp_path, empty))
    assert len(again) == 0 and list(again.column("a")) == [] and again.row_paths == "a"
