"""json: the shapes in which tables are found, each row with its line."""

from __future__ import annotations

import json

import pytest

from tunewright.data.json_document import read_json_document
from tunewright.errors import DataError


def _read(put, content):
    return read_json_document(
        put("a.json", content if isinstance(content, (str, bytes)) else json.dumps(content)), role="train"
    )


def test_an_array_of_objects(put):
    """Each object knows the line it starts on."""
    table = _read(put, '[\n {"t": "a",\n  "n": 1.0},\n {"t": "b", "n": 007}\n]'.replace("007", "7"))
    assert table.columns == {"t": ["a", "b"], "n": ["1.0", "7"]}
    assert table.line.tolist() == [2, 4]


def test_objects_one_after_another(put):
    """Concatenated objects are no valid JSON, and common."""
    table = _read(put, '{"t": "a"}\n{\n"t": "b"\n}{"t": "c"}')
    assert table.columns == {"t": ["a", "b", "c"]} and table.line.tolist() == [1, 2, 4]


def test_objects_keyed_by_id(put):
    """PubMedQA: the key is worth a column, and the row's number is all the place there is."""
    table = _read(put, {"211": {"Q": "a", "L": ["x", "y"]}, "212": {"Q": "b", "L": []}})
    assert table.columns == {"id": ["211", "212"], "Q": ["a", "b"], "L": [("x", "y"), ()]}
    assert table.line.tolist() == [1, 2]
    assert list(_read(put, {"a": {"id": "1"}, "b": {"id": "2"}}).columns) == ["key", "id"]


def test_values_keyed_by_id(put):
    """Predictions and gold labels are often one flat object."""
    table = _read(put, {str(number): "yes" for number in range(30)})
    assert table.columns["value"] == ["yes"] * 30 and table.columns["id"][29] == "29"


def test_columns(put):
    """What pandas writes with orient=list."""
    assert _read(put, {"t": ["a", "b"], "l": [1, None]}).columns == {"t": ["a", "b"], "l": ["1", None]}


def test_an_envelope_around_rows(put):
    """SQuAD and many web exports keep a version beside the rows."""
    assert _read(put, {"version": "1", "data": [{"t": "a"}, {"t": "b"}]}).columns == {"t": ["a", "b"]}


def test_one_row(put):
    """A single object of few values is a row, not a list of them."""
    assert _read(put, {"t": "a", "l": "x"}).columns == {"t": ["a"], "l": ["x"]}


def test_a_bad_element_is_a_fault(put):
    """One null in an array must not stop the reading of the others."""
    table = _read(put, '[{"t": "a"},\nnull,\n{"t": "\\ud800"}]')
    assert table.columns == {"t": ["a"]}
    assert [(fault.code, fault.place.line) for fault in table.faults] == [("unreadable", 2), ("undecodable", 3)]


@pytest.mark.parametrize(
    "content",
    [
        {"a": {"t": "x"}, "b": {"t": "\ud800"}},
        {"t": ["x", "\ud800"]},
        {str(n): "\ud800" if n else "x" for n in range(30)},
    ],
)
def test_half_pairs_are_found_in_every_shape(put, content):
    """Found in one shape and not in another, it would crash the tokenizer in the other."""
    table = _read(put, content)
    assert len(table) == 1 and {fault.code for fault in table.faults} == {"undecodable"}


def test_bad_bytes_are_faults_of_their_rows(put):
    """The rest of the document is as good as before."""
    table = _read(put, '[{"t": "é"},\n{"t": "é"},\n'.encode() + b'{"t": "\xe9"}\n]')
    assert table.columns == {"t": ["é", "é"]}
    assert [(fault.code, fault.place.line) for fault in table.faults] == [("undecodable", 3)]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[]", "empty list"),
        ("{}", "empty list or object"),
        ('["a", "b"]', "no object but a single value"),
        ('[{"t": "a"},\n{"t": }]', r"a\.json:2: is no JSON"),
        ('[{"t": "a"},\n{"t": "b"', r"cut short"),
        ('[{"t": "a"},\n{"t": "b"}\n', r"cut short"),
        ('[{"t": "a"}\n{"t": "b"}]', r"a\.json:2: has no comma"),
        ('[{"t": "a"}]\n[{"t": "b"}]', "more follows"),
        ('[{"t": "a"},\n{"t": "b", "t": "c"}]', r"a\.json:2: starts an object that names a field twice"),
        ('{"t": ["a", "b"], "l": ["x"]}', "unequal length"),
        ("[" * 200_000, "nested too deeply|no JSON"),
        ("{'t': 'a'}", "is no JSON"),
        ("hello", "is no JSON"),
    ],
)
def test_what_cannot_be_read(put, content, says):
    """Each names the line and the way out, and none is a traceback."""
    with pytest.raises(DataError, match=says):
        _read(put, content)
