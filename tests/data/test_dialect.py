"""Delimiters, quotes and headers: told from the file, not guessed from its name alone."""

from __future__ import annotations

import io

import pytest

from tunewright.data.dialect import delimiter_of, has_header, numbered, quotes_are_text
from tunewright.data.quoted_rows import cut


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_cuts_evenly(delimiter):
    """European exports write semicolons, and their texts are full of commas."""
    lines = [f"text{delimiter}label\n", f"one, two; three{delimiter}a\n".replace(delimiter * 2, ""), f"x{delimiter}b\n"]
    if delimiter in ",;":
        lines[1] = f'"one, two; three"{delimiter}a\n'
    assert delimiter_of(lines, ",") == delimiter


def test_commas_in_texts_do_not_win():
    """Where every text holds a comma, the semicolon still cuts the names."""
    lines = ["text;label\n", *(f"well, text {row};a\n" for row in range(20))]
    assert delimiter_of(lines, ",") == ";"


def test_nothing_to_cut():
    """A file of one column keeps what its name promises."""
    assert delimiter_of(["text\n", "a\n"], ",") == ","
    assert delimiter_of([], "\t") == "\t"


def _text(content: str, delimiter: str) -> bool:
    lines = lambda: io.StringIO(content, newline="")  # noqa: E731
    return quotes_are_text(cut(lines(), delimiter, True), cut(lines(), delimiter, False), delimiter)


def test_tab_files_with_quotes_in_the_text():
    """STS-B: read as quoting, sentences lose their quotes or swallow their neighbours."""
    stsb = '5\tHe said "no".\t"No", he said.\n4\t"Yes," I said\t"Yes"\n3\ta\tb "c\n'
    assert _text(stsb, "\t")
    assert _text('a\tb\n5" nail\tx\n"Go"\ty\n', "\t")


def test_tab_files_with_quoted_cells():
    """Quotes that hold a tab or a line break are quoting."""
    assert not _text('a\tb\n"x\ty"\t1\nz\t2\n', "\t")
    assert not _text('a\tb\n"x\ny"\t1\nz\t2\n', "\t")
    assert not _text('"a"\t"b"\n"x"\t"1"\n"he said "no""\t"2"\n', "\t")


def test_comma_files_quote_unless_proven_otherwise():
    """One bad row does not turn the quotes of all others into text."""
    assert not _text('a,b\n"x, y",1\n"Great" movie,2\n', ",")
    assert not _text('a,b\n"open,1\nz,2\n', ",")
    assert _text('a,b\n"Great" movie,1\n"Bad" one,2\nplain,1\n', ",")
    assert not _text('a,b\n"one",1\n"two",2\n"th"ree",1\n"four",2\n', ",")


def test_no_rows_no_verdict():
    """An empty file has no quotes to judge."""
    assert not _text("", ",")


@pytest.mark.parametrize(
    ("rows", "wanted", "header"),
    [
        ([["text", "label"], ["a", "x"], ["b", "x"]], (), True),
        ([["good film", "pos"], ["bad", "neg"], ["fine", "pos"], ["nice", "pos"]], (), False),
        ([["1", "good"], ["0", "bad"], ["1", "fine"]], (), False),
        ([["good film", "pos"], ["bad", "neg"], ["fine", "pos"], ["nice", "pos"]], ("pos",), True),
        ([["text", "label"], ["a", "x"], ["b", "y"]], ("column_1", "column_2"), False),
        ([["text", "label"], ["a", "x"], ["b", "y"]], ("review",), True),
        ([["0", "1"], ["3", "4"], ["5", "6"]], (), True),
        ([["year", "2012"], ["a", "many"], ["b", "few"]], (), True),
        ([["text", "label"], ["a", "x"], ["text", "label"], ["text", "label"]], (), True),
        ([["text", "label"]], (), True),
    ],
)
def test_names_or_data_on_the_first_line(rows, wanted, header):
    """Data taken for names loses the first row, and no column can be called by its name."""
    assert has_header(rows, wanted) is header


def test_numbered_names():
    """The names a recipe uses for a file without names."""
    assert numbered(3) == ["column_1", "column_2", "column_3"]
