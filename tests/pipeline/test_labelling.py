"""Rows in, the same rows out: none lost, none moved, no column written over, no character replaced."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tunewright.errors import DataError, UserError
from tunewright.pipeline.labelling import format_of, labelled, read_rows, rendered
from tunewright.pipeline.run import Prediction

ODD = ["Xin chào, tôi không hài lòng", "我要退款。", "", "a\u2028b", "c\x0bd", 'say "no", please', "end"]


@pytest.mark.parametrize(("output", "kind"), [(None, "csv"), ("a.csv", "csv"), ("A.JSONL", "jsonl"), ("b.CSV", "csv")])
def test_the_format_follows_the_name(output, kind):
    """Nothing to remember."""
    assert format_of(output) == kind


@pytest.mark.parametrize("output", ["a.xlsx", "a.json", "a"])
def test_another_ending_is_refused_before_any_work(output):
    """A csv called .xlsx opens in no program."""
    with pytest.raises(UserError, match=r"\.csv or \.jsonl"):
        format_of(output)


def test_a_text_file_has_a_row_a_line(runs, tmp_path):
    """Python's splitlines also breaks at marks inside a text; one row more shifts every label after it."""
    path = tmp_path / "rows.txt"
    path.write_bytes(("\n".join(ODD) + "\n").encode())
    assert read_rows(runs("full"), str(path), None) == {"review": ODD}
    path.write_bytes("\r\n".join(ODD).encode("utf-8-sig"))
    assert read_rows(runs("full"), str(path), None) == {"review": ODD}


def test_standard_input_likewise(runs):
    """The same rows by another way."""
    assert read_rows(runs("full"), "-", "\n".join(ODD).encode()) == {"review": ODD}
    assert read_rows(runs("full"), "-", b"") == {"review": []}
    assert read_rows(runs("full"), "-", b"\n") == {"review": [""]}


def test_standard_input_takes_json_objects(runs):
    """The only way to pipe pairs, and texts with line breaks."""
    lines = '{"review": "good\\nbad", "id": 7}\n{"review": "我要退款", "id": 8}\n'
    found = read_rows(runs("full"), "-", lines.encode())
    assert found["review"] == ["good\nbad", "我要退款"]
    assert list(found) == ["review", "id"]


def test_bytes_that_are_no_text_are_refused_with_their_line(runs, tmp_path):
    """Replaced by a question mark, the text would be labelled as something nobody wrote."""
    raw = "good\nbad \xe9t\xe9\n".encode("latin-1")
    path = tmp_path / "rows.txt"
    path.write_bytes(raw)
    for given in (None, raw):
        with pytest.raises(DataError) as caught:
            read_rows(runs("full"), str(path), given)
        assert ":2" in str(caught.value)
        assert "UTF-8" in str(caught.value)


def test_a_line_is_no_pair(runs):
    """The second text would silently be empty."""
    with pytest.raises(UserError) as caught:
        read_rows(runs("pair"), "-", b"red")
    assert '{"place": "...", "review": "..."}' in str(caught.value)


def test_a_table_keeps_every_column(runs, tmp_path):
    """Ids are what the labels are joined back by."""
    path = tmp_path / "rows.csv"
    path.write_text("id,review\n007,good\n008,\n", encoding="utf-8")
    assert read_rows(runs("full"), str(path), None) == {"id": ["007", "008"], "review": ["good", ""]}


def test_a_missing_column_has_a_near_miss(runs, tmp_path):
    """Never labelled by whatever column happens to be first."""
    path = tmp_path / "rows.csv"
    path.write_text("id,Reviews\n1,good\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_rows(runs("full"), str(path), None)
    assert caught.value.problems[0].where == "review"
    assert "Reviews" in caught.value.problems[0].hint


def test_rows_that_cannot_be_read_refuse_the_file(runs, tmp_path):
    """Left out in silence, the output would be shorter than the input."""
    path = tmp_path / "rows.csv"
    path.write_text("id,review\n1,good\n2,bad,too,many\n3,fine\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_rows(runs("full"), str(path), None)
    assert "none was labelled" in str(caught.value)
    assert f"{path}:3" in str(caught.value)


CLASSES = [Prediction("a", 0.75, {"a": 0.75, "b": 0.25}), Prediction("b", 0.5000001, {"a": 0.4999999, "b": 0.5000001})]


def test_labels_and_probabilities_are_added_at_the_end():
    """The user's own columns first, as they were."""
    table = labelled({"id": ["1", "2"]}, CLASSES, probabilities=True)
    assert table == {
        "id": ["1", "2"],
        "label": ["a", "b"],
        "probability": [0.75, 0.5],
        "probability of a": [0.75, 0.5],
        "probability of b": [0.25, 0.5],
    }


def test_a_column_of_the_same_name_is_never_written_over():
    """A file that holds the true labels, or that was labelled before, must keep what it held."""
    columns = {"label": ["x", "y"], "predicted_label": ["z", "z"], "probability": [1, 2], "probability of a": [3, 4]}
    table = labelled(columns, CLASSES, probabilities=True)
    assert {name: table[name] for name in columns} == columns
    assert table["predicted_label_2"] == ["a", "b"]
    assert table["predicted_probability"] == [0.75, 0.5]
    assert table["predicted_probability of a"] == [0.75, 0.5]
    again = labelled(table, CLASSES, probabilities=False)
    assert again["predicted_label_3"] == ["a", "b"]
    assert {name: again[name] for name in table} == table


def test_numbers_come_as_a_value():
    """A label of 3.14159 and an empty probability would be odd columns for a price."""
    table = labelled({"id": ["1"]}, [Prediction("3.14", None, {}, 3.14159)], probabilities=True)
    assert table == {"id": ["1"], "value": [3.14159]}


def test_no_rows_leave_the_columns():
    """A header without rows is still a table."""
    assert list(labelled({"review": []}, [], probabilities=True)) == ["review", "label", "probability"]


def test_csv_and_jsonl_give_back_every_character():
    """Quotes, breaks, Chinese, Vietnamese: a second program reads what the first one wrote."""
    table = {"text": ODD, "n": list(range(len(ODD)))}
    read = list(csv.DictReader(io.StringIO(rendered(table, "csv"), newline="")))
    assert [row["text"] for row in read] == ODD
    lines = rendered(table, "jsonl").split("\n")
    assert [json.loads(line)["text"] for line in lines[:-1]] == ODD
    assert "我要退款" in rendered(table, "jsonl"), "no escapes where people look"


def test_lists_and_nulls_of_json_rows_are_kept():
    """As far as each format can: csv has neither."""
    table = {"tags": [("a", "b"), None]}
    assert rendered(table, "csv") == 'tags\na|b\n""\n'
    assert rendered(table, "jsonl") == '{"tags": ["a", "b"]}\n{"tags": null}\n'
