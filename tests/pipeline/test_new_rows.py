"""Rows for a finished model: whatever holds them, none lost, no character replaced."""

from __future__ import annotations

import pytest

from tunewright.errors import DataError, RecipeError, UserError
from tunewright.pipeline.new_rows import read_rows, reading
from tunewright.pipeline.run import Run

ODD = ["Xin chào, tôi không hài lòng", "我要退款。", "", "a\u2028b", "c\x0bd", 'say "no", please', "end"]


def test_a_text_file_has_a_row_a_line(runs, tmp_path):
    """Python's splitlines also breaks at marks inside a text; one row more shifts every label after it."""
    path = tmp_path / "rows.txt"
    path.write_bytes(("\n".join(ODD) + "\n").encode())
    assert read_rows(runs("full"), str(path), None).columns == {"review": ODD}
    path.write_bytes("\r\n".join(ODD).encode("utf-8-sig"))
    assert read_rows(runs("full"), str(path), None).columns == {"review": ODD}


def test_standard_input_likewise(runs):
    """The same rows by another way."""
    assert read_rows(runs("full"), "-", "\n".join(ODD).encode()).columns == {"review": ODD}
    assert read_rows(runs("full"), "-", b"").columns == {"review": []}
    assert read_rows(runs("full"), "-", b"\n").columns == {"review": [""]}


def test_standard_input_takes_json_objects(runs):
    """The only way to pipe pairs, and texts with line breaks."""
    lines = '{"review": "good\\nbad", "id": 7}\n{"review": "我要退款", "id": 8}\n'
    found = read_rows(runs("full"), "-", lines.encode())
    assert found.columns["review"] == ["good\nbad", "我要退款"]
    assert list(found.columns) == ["review", "id"]


def test_bytes_that_are_no_text_are_refused_with_their_line(runs, tmp_path):
    """Replaced by a question mark, the text would be labelled as something nobody wrote."""
    raw = "được\n".encode() * 4 + b"b\xff\xfed\n"
    path = tmp_path / "rows.txt"
    path.write_bytes(raw)
    for given in (None, raw):
        with pytest.raises(DataError) as caught:
            read_rows(runs("full"), str(path), given)
        assert ":5" in str(caught.value)
        assert "UTF-8" in str(caught.value)


CHINESE = ["我要退款，请尽快处理", "这个产品非常好用", "客服态度很差，等了很久", "物流很快，包装完好"]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig"])
def test_other_encodings_are_told_as_for_files(runs, tmp_path, encoding):
    """A terminal in China sends GBK down a pipe, and Notepad writes UTF-16."""
    raw = ("\n".join(CHINESE) + "\n").encode(encoding)
    path = tmp_path / "rows.txt"
    path.write_bytes(raw)
    for given in (None, raw):
        found = read_rows(runs("full"), str(path), given)
        assert found.columns == {"review": CHINESE}
        assert found.files[0].encoding_detected


def test_the_encoding_of_the_training_files_does_not_spoil_new_rows_in_utf_8(runs, tmp_path):
    """Read as Latin-1, `được` would be labelled as letters that nobody wrote, without an error."""
    trained = Run(runs("full").folder)
    data = trained.recipe.data.model_copy(update={"encoding": "latin-1"})
    trained.__dict__["recipe"] = trained.recipe.model_copy(update={"data": data})
    path = tmp_path / "rows.csv"
    for text, encoding in (("không được", "utf-8"), ("déjà", "latin-1")):
        path.write_bytes(f"review\n{text}\n".encode(encoding))
        assert read_rows(trained, str(path), None, reading(runs("full"))).columns == {"review": [text]}


def test_what_is_said_now_holds(runs, tmp_path):
    """The advice of the reader's own messages can be typed: data.delimiter, data.encoding, data.quoting."""
    path = tmp_path / "rows.csv"
    path.write_bytes("id|review\n1|café; good\n".encode("cp437"))
    said = reading(runs("full"), ["data.encoding=cp437", "data.delimiter=|"])
    assert read_rows(runs("full"), str(path), None, said).columns == {"id": ["1"], "review": ["café; good"]}
    with pytest.raises(DataError, match="no GB18030 text"):
        read_rows(runs("full"), "-", "được\n".encode() * 3 + b"\xff", reading(runs("full"), ["data.encoding=gb18030"]))


def test_what_is_about_the_training_cannot_be_said_now(runs):
    """Passed over, `data.max_length=16` would look as if it had been heard."""
    with pytest.raises(RecipeError, match=r"(?s)data\.max_length.*data\.delimiter, data\.encoding"):
        reading(runs("full"), ["data.max_length=16"])


def test_places_of_standard_input_name_it(runs):
    """A line of a file that was gone before the message was read helps nobody."""
    with pytest.raises(DataError, match="Standard input:2"):
        read_rows(runs("full"), "-", b'{"review": "good"}\n{"review": \n')


def test_a_line_is_no_pair(runs):
    """The second text would silently be empty."""
    with pytest.raises(UserError) as caught:
        read_rows(runs("pair"), "-", b"red")
    assert '{"place": "...", "review": "..."}' in str(caught.value)


def test_a_table_keeps_every_column(runs, tmp_path):
    """Ids are what the labels are joined back by."""
    path = tmp_path / "rows.csv"
    path.write_text("id,review\n007,good\n008,\n", encoding="utf-8")
    assert read_rows(runs("full"), str(path), None).columns == {"id": ["007", "008"], "review": ["good", ""]}


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
