"""Reading: one way in, whatever the form, and an answer for what is not read."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunewright.data.reading import read
from tunewright.errors import UserError

ROWS = [("NA", "007"), ("1e5", " x "), ("null", "None"), ("很好 ", "tốt"), ("", "7")]


@pytest.fixture
def forms(put, tmp_path):
    """The same rows in every form."""
    records = [{"text": text, "label": label} for text, label in ROWS]
    quoted = "".join(f'"{text}","{label}"\n' for text, label in [("text", "label"), *ROWS])
    put("a.csv", quoted)
    put("a.TSV", "".join(f"{text}\t{label}\n" for text, label in [("text", "label"), *ROWS]))
    put("a.jsonl", "".join(json.dumps(record) + "\n" for record in records))
    put("a.ndjson", "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records))
    put("a.json", json.dumps(records))
    pq.write_table(
        pa.table({"text": [text for text, _ in ROWS], "label": [label for _, label in ROWS]}), tmp_path / "a.parquet"
    )
    return tmp_path


@pytest.mark.parametrize("name", ["a.csv", "a.TSV", "a.jsonl", "a.ndjson", "a.json", "a.parquet"])
def test_the_same_cells_in_every_form(forms, name):
    """A team that moves from csv to parquet must not get other labels."""
    table = read(forms / name, role="train")
    assert list(zip(table.columns["text"], table.columns["label"], strict=True)) == ROWS
    assert table.files[0].role == "train" and table.faults == ()


def test_a_folder(put, tmp_path):
    """A folder is read as one."""
    put("r/a.txt", "x\n")
    put("r/b.txt", "y\n")
    assert read(tmp_path / "r", role="train").columns["label"] == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.xlsx", b"PK\x03\x04", "save the sheet as CSV"),
        ("a.zip", b"PK\x03\x04", "Unpack it"),
        ("a.csv.gz", b"\x1f\x8b", "Unpack it"),
        ("a.pkl", b"\x80\x04", "run code"),
        ("a.docx", b"PK\x03\x04", "into a CSV"),
        ("a.xml", b"<a/>", "jsonl"),
        ("a.arrow", b"ARROW1", "Parquet or CSV"),
        ("a.txt", b"x\ty\n1\t2\n3\t4\n", r"copy it to a\.tsv"),
        ("a.log", b'{"a": 1}\n{"a": 2}\n', r"copy it to a\.jsonl"),
        ("a.train", b"LOC:city Where is it ?\nHUM:x Who ?\n", r"ends in \.train"),
        ("data", b"a,b\n1,2\n", "has no ending"),
    ],
)
def test_what_is_not_read(put, name, content, says):
    """Each is told what to do instead."""
    with pytest.raises(UserError, match=says) as error:
        read(put(name, content), role="train")
    assert ".csv, .tsv" in str(error.value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    name=st.sampled_from(["a.csv", "a.TSV", "a.jsonl", "a.json", "a.parquet"]),
    at=st.floats(0, 1),
    cut=st.integers(0, 20),
    put_in=st.binary(max_size=12),
)
def test_damage_never_ends_in_a_traceback(forms, name, at, cut, put_in):
    """Whatever bytes are lost or written over: rows and faults, or an error that teaches."""
    path = forms / name
    whole = path.read_bytes()
    start = int(at * len(whole))
    damaged = forms / f"damaged_{name}"
    damaged.write_bytes(whole[:start] + put_in + whole[start + cut :])
    try:
        table = read(damaged, role="train")
    except UserError as error:
        assert f"damaged_{name}" in str(error)
    else:
        assert len(table) + len(table.faults) == sum(file.rows for file in table.files)
        assert all(len(str(fault.place.note)) > 3 for fault in table.faults)


def test_a_missing_file_of_an_unknown_kind(tmp_path):
    """First of all it does not exist."""
    with pytest.raises(UserError, match="There is no file"):
        read(tmp_path / "a.xlsx", role="train")
