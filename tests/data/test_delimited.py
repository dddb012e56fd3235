"""csv and tsv: cells as written, faults by line, nothing filled in."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunewright.data.delimited import read_delimited
from tunewright.errors import DataError, UserError

NASTY = ["NA", "null", "None", "nan", "007", "7", "1e5", " x ", "", "TRUE", "1_000", "2020-01-01", "=1+1", "是", "Việt"]


def _faults(table) -> list[tuple[str, int, str]]:
    return [(fault.code, fault.place.line, fault.place.note) for fault in table.faults]


def test_cells_are_what_is_written(put):
    """pandas and datasets turn NA into null, 007 into 7 and ' x ' into whatever."""
    path = put("a.csv", "text,label\n" + "".join(f'"{cell}",{cell}\n' for cell in NASTY))
    table = read_delimited(path, role="train")
    assert table.columns == {"text": NASTY, "label": NASTY}
    assert table.line.tolist() == list(range(2, len(NASTY) + 2))
    assert table.place(1).file.endswith("a.csv")


def test_what_was_found_out_is_recorded(put):
    """A silent wrong guess is found in the audit, if it says what was guessed."""
    path = put("a.csv", "text;label\r\n很好，味道;好\r\n差;坏\r\n".encode("gb18030"))
    file = read_delimited(path, role="test").files[0]
    assert (file.format, file.encoding, file.encoding_detected, file.delimiter) == ("csv", "gb18030", True, ";")
    assert (file.rows, file.columns, file.role, file.quoting, file.header) == (2, ("text", "label"), "test", True, True)


def test_ragged_rows_are_faults(put):
    """A short row filled with nulls is an unlabelled row; a long one moves text into the labels."""
    path = put("a.csv", "text,label\na,x\nb\nc,y,z\n,\nd,x\n")
    table = read_delimited(path, role="train")
    assert table.columns == {"text": ["a", "", "d"], "label": ["x", "", "x"]}
    assert _faults(table) == [("ragged", 3, "1 cell instead of 2"), ("ragged", 4, "3 cells instead of 2")]
    assert table.files[0].rows == 5


def test_undecodable_rows_are_faults(put):
    """One bad byte costs one row, and the others keep their letters."""
    path = put("a.csv", "text,label\nnaïve,x\ncafé,y\n".encode() + b"caf\xe9,x\nx\0y,y\n")
    table = read_delimited(path, role="train")
    assert table.columns["text"] == ["naïve", "café"]
    assert [(code, line) for code, line, _ in _faults(table)] == [("undecodable", 4), ("undecodable", 5)]


def test_repeated_names_are_a_fault(put):
    """Files put together with cat have a line of names in the middle, which is no row."""
    table = read_delimited(put("a.csv", "text,label\na,x\ntext,label\nb,y\n"), role="train")
    assert table.columns["text"] == ["a", "b"]
    assert _faults(table) == [("ragged", 3, "repeats the line of names")]


def test_tabs_with_quotes_in_the_text(put):
    """STS-B: with quoting, these three rows are one."""
    path = put("a.tsv", 'score\ta\tb\n5\t"No," he said\tx\n4\ty\t"open\n3\tz\tw\n')
    table = read_delimited(path, role="train")
    assert table.columns["a"] == ['"No," he said', "y", "z"] and table.columns["b"] == ["x", '"open', "w"]
    assert table.files[0].quoting is False and table.faults == ()


def test_a_file_without_names_is_numbered(put):
    """Its first row is a row."""
    path = put("a.csv", "good film,pos\nbad,neg\nfine,pos\nnice,pos\n")
    table = read_delimited(path, role="train")
    assert list(table.columns) == ["column_1", "column_2"] and len(table) == 4
    assert table.files[0].header is False
    with pytest.raises(DataError, match="columns are numbered"):
        table.column("text")
    named = read_delimited(path, role="train", wanted=("pos",))
    assert len(named) == 3 and named.files[0].header is True


def test_a_nameless_column_is_named_by_position(put):
    """pandas writes its index under an empty name."""
    assert list(read_delimited(put("a.csv", ",text\n0,a\n1,b\n"), role="train").columns) == ["column_1", "text"]


def test_the_line_that_excel_writes(put):
    """`sep=;` on the first line is no name of a column."""
    table = read_delimited(put("a.csv", "sep=;\r\ntext;label\r\na, b;x\r\nc;y\r\n"), role="train")
    assert table.columns == {"text": ["a, b", "c"], "label": ["x", "y"]} and table.line.tolist() == [3, 4]


def test_json_and_rows_without_any_row(put):
    """What is not csv at all, or holds faults alone."""
    with pytest.raises(DataError, match="holds JSON"):
        read_delimited(put("a.csv", '{"text": "a"}\n{"text": "b"}\n'), role="train", delimiter=";")
    with pytest.raises(DataError, match=r"a\.csv:1: a quote opens"):
        read_delimited(put("a.csv", '"text\n'), role="train")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"te\xffxt,label\n\xc3\xa9,a\n\xc3\xa9,b\n", "data.encoding"),
        (b'"text,label\na,x\nb,y\n', "data.quoting=false"),
        (b'"te"xt,"label"\n"a","x"\n"b","y"\n', "data.quoting=false"),
    ],
)
def test_names_that_cannot_be_read(put, content, says):
    """The first good row must not become the names."""
    with pytest.raises(DataError, match=r"column names of .*a\.csv cannot be read") as error:
        read_delimited(put("a.csv", content), role="train")
    assert "a.csv:1" in str(error.value) and says in str(error.value)


@pytest.mark.parametrize(
    ("top", "row", "hint"),
    [
        ("Export of 2024-05-01", "text {},a", "title"),
        ("text,label", "text {},a,", "end with the delimiter"),
        ("text,label", "well, text {},a", "in quotes"),
    ],
)
def test_a_first_line_that_fits_no_row(put, top, row, hint):
    """One sentence about the first line says more than a fault for every row."""
    rows = "".join(row.format(number) + "\n" for number in range(9))
    with pytest.raises(DataError, match=r"a\.csv:1") as error:
        read_delimited(put("a.csv", f"{top}\n{rows}"), role="train")
    assert hint in str(error.value)


def test_what_is_given_is_used(put):
    """Detection must not overrule the user."""
    path = put("a.csv", 'text;label\n"a,b";x\n')
    table = read_delimited(path, role="train", delimiter=",", quoting=False)
    assert list(table.columns) == ["text;label"] and len(table) == 0
    assert _faults(table) == [("ragged", 2, "2 cells instead of 1")]
    table = read_delimited(path, role="train", delimiter=";", quoting=False)
    assert table.columns == {"text": ['"a,b"'], "label": ["x"]}


@pytest.mark.parametrize("delimiter", ["", "ab", '"', "\n", " "])
def test_what_is_no_delimiter(put, delimiter):
    """csv raises a TypeError for some of these and reads nonsense with others."""
    with pytest.raises(UserError, match=r"data\.delimiter"):
        read_delimited(put("a.csv", "a,b\n1,2\n"), role="train", delimiter=delimiter)


CONTROLS = "".join(chr(point) for point in range(32) if chr(point) not in "\t\r\n")
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=CONTROLS), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_is_written_is_read(put, rows, delimiter, encoding):
    """Any text in any of the usual forms comes back character by character."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("first name", "second name"), *rows])
    path = put("a.csv", buffer.getvalue().encode(encoding))
    table = read_delimited(path, role="train", wanted=("first name",))
    assert list(zip(*table.columns.values(), strict=True)) == rows
    assert table.faults == ()
