"""Usable rows: what has no input or no target is left out, and every row left out is named."""

from __future__ import annotations

import pytest

from tunewright.data.table import Fault
from tunewright.data.usable import numbers, role_columns, usable
from tunewright.records import Place


def _usable(table, kind="label", columns=("text",), inputs=None, target="label"):
    return usable(table, inputs=inputs or {"text": "text"}, columns=columns, target=target, kind=kind)


def test_rows_without_input_or_label(made):
    """Empty texts with a label teach the model that nothing means that label."""
    table = made(text=["a", " ", None, "d", "e"], label=["x", "x", "y", "", " y "])
    result = _usable(table)
    assert result.table.columns == {"text": ["a", "e"], "label": ["x", " y "]}
    assert {code: [place.line for place in places] for code, places in result.faults.items()} == {
        "empty_input": [3, 4],
        "unlabelled": [5],
    }
    assert result.faults["empty_input"][0].note == "nothing in text"


def test_faults_of_reading_are_carried_along(made):
    """A row that was never read is still a row at fault."""
    table = made(text=["a"], label=["x"])
    with_fault = type(table)(
        table.columns, table.files, table.file_index, table.line, (Fault("ragged", Place(file="f", line=9)),)
    )
    result = _usable(with_fault)
    assert result.faults["ragged"] == [Place(file="f", line=9)]
    assert result.table.faults == () and len(result.table) == 1


@pytest.mark.parametrize(
    ("inputs", "columns", "roles"),
    [
        ({"text": "t"}, ("t",), [["t"]]),
        ({"text": "t + b"}, ("t", "b"), [["t", "b"]]),
        ({"text": "t", "pair": "p"}, ("t", "p"), [["t"], ["p"]]),
        ({"text": "a + b"}, ("a + b",), [["a + b"]]),
        ({"text": "of some other form"}, ("t", "b"), [["t", "b"]]),
        ({}, ("t",), [["t"]]),
    ],
)
def test_roles(inputs, columns, roles):
    """A title may be empty beside a body; a hypothesis may not be empty beside a premise."""
    assert role_columns(inputs, columns) == roles


def test_joined_columns_are_empty_together_and_pairs_apart(made):
    """The two kinds of several columns."""
    table = made(text=["a", "", ""], pair=["b", "b", ""], label=["x", "x", "x"])
    joined = _usable(table, columns=("text", "pair"), inputs={"text": "text + pair"})
    assert [place.line for place in joined.faults["empty_input"]] == [4]
    paired = _usable(table, columns=("text", "pair"), inputs={"text": "text", "pair": "pair"})
    assert [place.line for place in paired.faults["empty_input"]] == [3, 4]


def test_labels_become_tuples_by_one_separator(made):
    """The task reads the tuples, so it cannot cut the cells differently."""
    table = made(text=["a", "b", "c", "d"], label=["x|y", "p, q", "", '["x"]'])
    result = _usable(table, kind="labels")
    assert result.table.columns["label"] == [("x", "y"), ("p, q",), (), ("x",)]
    assert result.separator == "|"
    assert [place.line for place in result.without_labels] == [4]


def test_numbers_stay_text_and_bad_ones_are_named(made):
    """The note says what is wrong, without the text."""
    table = made(text=["a", "b", "c", "d"], label=["1e1", "nan", "3,5", ""])
    result = _usable(table, kind="number")
    assert result.table.columns["label"] == ["1e1"]
    assert [place.note for place in result.faults["not_a_number"]] == [
        "is not a finite number",
        "has a comma where the decimal point should be: write 3.5, not 3,5",
    ]
    assert [place.line for place in result.faults["unlabelled"]] == [5]
    assert numbers(result.table, "label").tolist() == [10.0]


def test_lists_where_one_label_is_wanted(made):
    """Two labels in a classification cell: which one is meant would be a guess."""
    result = _usable(made(text=["a", "b"], label=[("x",), ("x", "y")]))
    assert result.table.columns["label"] == ["x"]
    assert list(result.faults) == ["not_a_label"]


def test_a_row_is_named_once(made):
    """Two faults of one row are one row."""
    result = _usable(made(text=[""], label=[""]))
    assert sum(len(places) for places in result.faults.values()) == 1 and len(result.table) == 0
    empty_list = _usable(made(text=["", ""], label=[(), ("x", " ")]), kind="labels")
    assert list(empty_list.faults) == ["empty_input"] and empty_list.without_labels == []
