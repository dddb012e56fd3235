"""What is said of rows and splits."""

from __future__ import annotations

from tunewright.data.duplicates import find_repeats
from tunewright.data.row_findings import fault_findings, missing_findings, note_findings, repeat_findings, size_findings
from tunewright.data.table import Table
from tunewright.data.usable import usable


def _checked(table, kind="label"):
    return usable(table, inputs={"text": "text"}, columns=["text"], target="label", kind=kind)


def test_faults_of_all_files_are_one_finding(made):
    """The same trouble in train and test is read once."""
    checked = {
        "train": _checked(made(text=["", "b"], label=["x", "y"])),
        "test": _checked(made(text=["", ""], label=["x", "y"])),
    }
    (found,) = fault_findings(checked, "error")
    assert (found.code, found.count, found.severity) == ("empty_input", 3, "error")
    assert fault_findings({"train": _checked(made(text=["a"], label=["x"]))}, "error") == []


def test_repeats_are_counted_over_files_and_shown_to_twenty(made):
    """Places beyond twenty help nobody; the count must still be whole."""
    tables = {"train": made(text=["a"] * 30, label=["x"] * 30), "test": made(text=["a"] * 3, label=["x"] * 3)}
    repeats = {name: find_repeats(table, ["text"], "label", "label") for name, table in tables.items()}
    (found,) = repeat_findings(tables, repeats)
    assert (found.code, found.count, len(found.places)) == ("duplicate", 31, 20)
    assert str(found.places[0]) == "made.csv:3 (same as made.csv:2)"


def test_notes(made):
    """Rows without labels, files without names, rows without a group, other encodings, separators."""
    table = made(text=["a", "b"], label=["x|y", ""], patient=["p", ""])
    files = (table.files[0].model_copy(update={"header": False, "encoding": "gb18030"}),)
    bare = Table(table.columns, files, table.file_index, table.line)
    checked = {"train": _checked(bare, "labels")}
    found = {one.code: one for one in note_findings({"train": bare}, checked, "patient")}
    assert set(found) == {"no_labels", "no_header", "no_group", "encoding", "separator"}
    assert found["encoding"].places[0].note == "read as gb18030"
    assert "'|' in train" in found["separator"].title and found["separator"].severity == "info"
    assert note_findings({"train": table}, {"train": _checked(table)}, None) == []


def test_separators_that_differ_are_a_warning(made):
    """Cut at | here and at ; there, the same labels become different ones."""
    checked = {
        "train": _checked(made(text=["a"], label=["x|y"]), "labels"),
        "test": _checked(made(text=["a"], label=["x;y"]), "labels"),
    }
    (found,) = note_findings({}, checked, None)
    assert found.severity == "warning" and "'|' in train, ';' in test" in found.title


def test_sizes(made):
    """No rows is an error, few are a warning, and enough are nothing."""
    enough, few, none = made(text=["a"] * 30), made(text=["a"] * 29), made(text=[])
    assert size_findings({"train": few, "test": enough}, {}) == []
    (small,) = size_findings({"train": few, "validation": few}, {})
    assert (small.code, small.severity, small.count) == ("few_rows", "warning", 29)
    (drawn,) = size_findings({"train": few, "test": none}, {"test": 0.2})
    assert (drawn.code, drawn.severity) == ("no_rows", "error") and "one row of each label" in drawn.advice
    (given,) = size_findings({"train": few, "test": none}, {})
    assert "data.test=null" in given.advice and "one row of each label" not in given.advice
    both = size_findings({"train": none, "test": none}, {"test": 0.2})
    assert [one.title for one in both] == ["No row is left for train", "No row is left for test"]


def test_texts_that_say_they_are_missing(made):
    """pandas writes an empty review as `nan`, and the model learns a label for it."""
    table = made(text=["good", "NA", " null ", "None of it worked", "nan"], more=["", "", "x", "", None])
    (found,) = missing_findings({"train": table}, [["text"]])
    assert (found.severity, [place.line for place in found.places]) == ("warning", [3, 4, 6])
    (found,) = missing_findings({"train": table}, [["text", "more"]])
    assert [place.line for place in found.places] == [3, 6], "the other column says something"
    assert missing_findings({"train": made(text=["nothing", "Nan Goldin"])}, [["text"]]) == []


def test_an_empty_cell_that_may_be_empty_says_nothing(made):
    """Danger: every row without a wrong partner is named as one whose text is missing."""
    table = made(text=["a", "b", "c"], more=[None, "NA", "d"])
    (found,) = missing_findings({"train": table}, [["text"], ["more"]])
    assert [place.line for place in found.places] == [3]
