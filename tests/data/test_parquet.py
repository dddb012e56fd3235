"""Parquet files: whole or refused."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tunewright.data.parquet import read_parquet
from tunewright.errors import DataError


def test_rows_are_numbered(put):
    """A parquet file has no lines; rows are counted from 1."""
    path = put("a.parquet", b"")
    pq.write_table(pa.table({"text": ["a", "b"], "label": [7, None]}), path)
    table = read_parquet(path, role="train")
    assert table.columns == {"text": ["a", "b"], "label": ["7", None]}
    assert table.line.tolist() == [1, 2]
    assert (table.files[0].format, table.files[0].rows, table.files[0].encoding) == ("parquet", 2, "")


def test_bytes_that_are_no_text_are_faults(put):
    """A binary column is text in UTF-8, or the row is at fault."""
    path = put("a.parquet", b"")
    pq.write_table(pa.table({"text": [b"a", b"\xff", b"c"], "tags": [["x"], ["y"], ["z"]]}), path)
    table = read_parquet(path, role="train")
    assert table.columns["text"] == ["a", "c"] and table.line.tolist() == [1, 3]
    assert [(fault.code, fault.place.line) for fault in table.faults] == [("undecodable", 2)]
    pq.write_table(pa.table({"tags": [[b"x"], [b"\xff"]]}), path)
    assert len(read_parquet(path, role="train").faults) == 1


def test_texts_that_are_none_by_their_bytes_are_faults(put):
    """Danger: a column that calls itself text, whose bytes nobody has checked, ends the audit with a traceback."""
    path = put("a.parquet", b"")
    unchecked = pa.array([b"a", b"\xff\x80", None, b"c"], pa.binary()).view(pa.string())
    pq.write_table(pa.table({"text": unchecked}), path)
    table = read_parquet(path, role="train")
    assert table.columns["text"] == ["a", None, "c"] and table.line.tolist() == [1, 3, 4]
    assert [(fault.code, fault.place.line) for fault in table.faults] == [("undecodable", 2)]
    nested = pa.ListArray.from_arrays(pa.array([0, 1, 4]), unchecked)
    pq.write_table(pa.table({"tags": nested}), path)
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        read_parquet(path, role="train")


@pytest.mark.parametrize("cut", [slice(0, 40), slice(40, None), slice(0, -4)])
def test_a_damaged_file_is_refused(put, cut):
    """Half a download must not be half a training set."""
    path = put("a.parquet", b"")
    pq.write_table(pa.table({"text": ["a", "b"]}), path)
    path.write_bytes(path.read_bytes()[cut])
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        read_parquet(path, role="train")


def test_no_rows_and_double_names(put):
    """What could be read but not used."""
    path = put("a.parquet", b"")
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), path)
    with pytest.raises(DataError, match="holds no rows"):
        read_parquet(path, role="train")
    pq.write_table(pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["t", "t"]), path)
    with pytest.raises(DataError, match="names 't' 2 times"):
        read_parquet(path, role="train")
