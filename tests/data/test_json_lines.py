"""jsonl: a broken line costs one row and is named."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunewright.data.json_lines import read_json_lines
from tunewright.errors import DataError


def test_rows_and_lines(put):
    """Blank lines are no rows, and every row knows its line."""
    table = read_json_lines(
        put("a.jsonl", '{"t": "a", "n": 1e5}\n\n{"t": "b", "n": 007.0}\n{"t": "c"}\n'), role="train"
    )
    assert table.columns == {"t": ["a", "c"], "n": ["1e5", None]}
    assert table.line.tolist() == [1, 4]
    assert [(fault.code, fault.place.line) for fault in table.faults] == [("unreadable", 3)]
    assert (table.files[0].format, table.files[0].rows) == ("jsonl", 3)


@pytest.mark.parametrize(
    ("line", "code", "note"),
    [
        ('{"t": "a"', "unreadable", "is no JSON"),
        ('{"t": "a"} {"t": "b"}', "unreadable", "Extra data"),
        ('{"t": "a", "t": "b"}', "unreadable", "twice"),
        ('["a"]', "unreadable", "a list"),
        ("5", "unreadable", "a single value"),
        ('{"t": "\\ud800"}', "undecodable", "surrogate"),
        ('{"t": ' + "[" * 100_000 + "}", "unreadable", "nested too deeply"),
    ],
)
def test_broken_lines(put, line, code, note):
    """Each is a fault with its line and no exception."""
    table = read_json_lines(put("a.jsonl", f'{{"t": "good"}}\n{line}\n{{"t": "fine"}}\n'), role="train")
    assert table.columns["t"] == ["good", "fine"]
    assert [(fault.code, fault.place.line) for fault in table.faults] == [(code, 2)]
    assert note in table.faults[0].place.note


def test_a_bad_byte_is_a_fault(put):
    """Replaced by a question mark, the word would be another."""
    table = read_json_lines(put("a.jsonl", '{"t": "é"}\n{"t": "é"}\n'.encode() + b'{"t": "\xe9"}\n'), role="train")
    assert table.columns["t"] == ["é", "é"]
    assert [(fault.code, fault.place.line) for fault in table.faults] == [("undecodable", 3)]


def test_a_document_under_this_name_is_read(put):
    """Many a .jsonl is a pretty-printed array."""
    table = read_json_lines(put("a.jsonl", '[\n  {"t": "a"},\n  {"t": "b"}\n]\n'), role="train")
    assert table.columns == {"t": ["a", "b"]} and table.line.tolist() == [2, 3]
    assert table.files[0].format == "json"


def test_no_object_at_all(put):
    """A text file renamed to .jsonl."""
    with pytest.raises(DataError, match=r"a\.jsonl:1: is no JSON"):
        read_json_lines(put("a.jsonl", "hello\nworld\n"), role="train")


ROWS = st.lists(
    st.fixed_dictionaries({"text": st.text(st.characters(exclude_categories=["Cs"])), "n": st.integers()}), min_size=1
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(ROWS, st.booleans())
def test_what_is_written_is_read(put, rows, ascii_only):
    """Line breaks inside texts are escaped in JSON; no other character may break a line."""
    text = "\n".join(json.dumps(row, ensure_ascii=ascii_only) for row in rows)
    table = read_json_lines(put("a.jsonl", text), role="train")
    assert table.columns["text"] == [row["text"] for row in rows]
    assert table.columns["n"] == [str(row["n"]) for row in rows]
