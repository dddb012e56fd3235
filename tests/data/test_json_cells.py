"""JSON values as cells: numbers keep their spelling, nothing is rounded, merged or dropped."""

from __future__ import annotations

import pytest

from tunewright.data.json_cells import DECODER, DuplicateNameError, JsonRows, flat
from tunewright.errors import DataError


@pytest.mark.parametrize(
    ("json", "cell"),
    [
        ('"007"', "007"),
        ("7", "7"),
        ("1e5", "1e5"),
        ("1.50", "1.50"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("NaN", "NaN"),
        ("true", "true"),
        ("false", "false"),
        ("null", None),
        ('"null"', "null"),
        ('" x "', " x "),
        ('["a", "b"]', ("a", "b")),
        ("[1, 2.0, null, true]", ("1", "2.0", "", "true")),
        ("[]", ()),
        ("{}", "{}"),
        ('[{"a": 1.0, "b": [1e5, "x"]}]', ('{"a": 1.0, "b": [1e5, "x"]}',)),
        ('"\\ud83d\\ude00"', "\U0001f600"),
    ],
)
def test_values(json, cell):
    """json.loads makes 100000.0 of 1e5 and loses digits of long ids."""
    assert flat(DECODER.decode(f'{{"v": {json}}}')) == {"v": cell}


def test_nested_objects_get_dotted_names():
    """Dropped or printed as Python dicts, nested fields could not be named in a recipe."""
    value = DECODER.decode('{"a": {"b": {"c": 1}, "d": null}, "e": "x"}')
    assert flat(value) == {"a.b.c": "1", "a.d": None, "e": "x"}


def test_a_field_named_twice_is_refused():
    """json.loads keeps the second without a word."""
    with pytest.raises(DuplicateNameError, match="twice"):
        DECODER.decode('{"label": "a", "label": "b"}')


def test_missing_fields_are_null():
    """Columns of unequal length would shift every later row."""
    rows = JsonRows("a.jsonl")
    rows.add_value({"a": "1"}, 1)
    rows.add_value({"b": "2"}, 2)
    rows.add_value({"a": "3", "b": "4", "c": "5"}, 3)
    table = rows.table()
    assert table.columns == {"a": ["1", None, "3"], "b": [None, "2", "4"], "c": [None, None, "5"]}
    assert len(rows) == 3 and rows.names == ("a", "b", "c")


def test_what_is_no_object_or_no_text_is_a_fault():
    """Half a surrogate pair crashes the tokenizer hours later."""
    rows = JsonRows("a.jsonl")
    rows.add_value(["a"], 1)
    rows.add_value("a", 2)
    rows.add_value({"a": "\ud800"}, 3)
    rows.add_value({"a": ("x", "\ud800")}, 4)
    rows.add_value({"\ud800": "a"}, 5)
    assert [fault.code for fault in rows.faults] == ["unreadable"] * 2 + ["undecodable"] * 3
    assert str(rows.faults[0].place).startswith("a.jsonl:1 (")
    assert len(rows) == 0


def test_an_object_a_word_is_no_table():
    """A dictionary of a million words would become a million columns."""
    rows = JsonRows("a.json")
    with pytest.raises(DataError, match="different fields"):
        rows.add_value({f"word{number}": "1" for number in range(6000)}, 1)
