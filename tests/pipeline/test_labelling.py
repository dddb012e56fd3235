"""Rows in, the same rows out: none lost, none moved, no column written over, no character replaced."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tunewright.errors import UserError
from tunewright.pipeline.labelling import answers, format_of, labelled, remarks, rendered
from tunewright.pipeline.new_rows import read_rows
from tunewright.pipeline.run import Prediction
from tunewright.tasks import Space

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


SPACE = Space("classes", ("a", "b"))
CLASSES = [Prediction("a", 0.75, {"a": 0.75, "b": 0.25}), Prediction("b", 0.5000001, {"a": 0.4999999, "b": 0.5000001})]


def test_labels_and_probabilities_are_added_at_the_end():
    """The user's own columns first, as they were."""
    table = labelled({"id": ["1", "2"]}, CLASSES, SPACE, probabilities=True)
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
    table = labelled(columns, CLASSES, SPACE, probabilities=True)
    assert {name: table[name] for name in columns} == columns
    assert table["predicted_label_2"] == ["a", "b"]
    assert table["predicted_probability"] == [0.75, 0.5]
    assert table["predicted_probability of a"] == [0.75, 0.5]
    again = labelled(table, CLASSES, SPACE, probabilities=False)
    assert again["predicted_label_3"] == ["a", "b"]
    assert {name: again[name] for name in table} == table


def test_numbers_come_as_a_value():
    """A label of 3.14159 and an empty probability would be odd columns for a price."""
    table = labelled(
        {"id": ["1"]}, [Prediction("3.14", None, {}, 3.14159)], Space("number", ("price",)), probabilities=True
    )
    assert table == {"id": ["1"], "value": [3.14159]}


def test_no_rows_leave_the_columns():
    """A header without rows is still a table."""
    assert list(labelled({"review": []}, [], SPACE, probabilities=False)) == ["review", "label", "probability"]
    assert list(labelled({"review": []}, [], Space("number", ("price",)), probabilities=True)) == ["review", "value"]


def test_a_row_without_an_answer_keeps_its_place():
    """An empty cell says that nothing was said; a label on it would be one that nobody gave."""
    table = labelled({"id": ["1", "2", "3"]}, [CLASSES[0], None, CLASSES[1]], SPACE, probabilities=True)
    assert table["label"] == ["a", None, "b"]
    assert table["probability"] == [0.75, None, 0.5]
    assert table["probability of b"] == [0.25, None, 0.5]


@pytest.mark.parametrize("blank", ["", " \t", "\u200b"])
def test_rows_without_a_text_get_no_answer_and_are_named(runs, tmp_path, blank):
    """Of an empty text the model says the label it likes best, and says it surely."""
    path = tmp_path / "rows.csv"
    path.write_text(f'id,review\n1,good fine\n2,"{blank}"\n3,bad awful\n', encoding="utf-8")
    table = read_rows(runs("full"), str(path), None)
    found = answers(runs("full"), table)
    assert [answer and answer.label for answer in found] == ["happy", None, "angry"]
    assert remarks(table, found) == [f"1 row has no text to read, and so no label: {path}:3"]


def test_of_a_pair_both_texts_must_be_there(runs, tmp_path):
    """As in training, where such a row is at fault."""
    path = tmp_path / "rows.csv"
    path.write_text("place,review\nred,good\n,good\nred,\n", encoding="utf-8")
    found = answers(runs("pair"), read_rows(runs("pair"), str(path), None))
    assert [answer is None for answer in found] == [False, True, True]


def test_many_rows_without_a_text_are_counted(runs):
    """Ten thousand places would hide everything else."""
    table = read_rows(runs("full"), "-", b"good\n" + b"\n" * 2000)
    (remark,) = remarks(table, answers(runs("full"), table))
    assert remark.startswith("2,000 rows have no text to read")
    assert remark.endswith("Standard input:2, Standard input:3, Standard input:4, Standard input:5, Standard input:6"
                           " and 1,995 more")  # fmt: skip


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
