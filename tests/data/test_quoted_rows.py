"""Cutting rows: every row knows its line, and a fault costs one row."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from tunewright.data.quoted_rows import cut, cut_pieces


def _cut(text: str, delimiter: str = ",", quoting: bool = True, **options):
    return cut(io.StringIO(text, newline=""), delimiter, quoting, **options)


def _faults(rows) -> list[tuple[int, str]]:
    return [(fault.line, fault.code) for fault in rows.faults]


def test_rows_of_several_lines_keep_their_first_line():
    """Counting rows instead of lines sends the user to the wrong place in a file with line breaks in cells."""
    rows = _cut('a,b\n"x\ny\nz",1\nlast,2\n')
    assert rows.cells == [["a", "b"], ["x\ny\nz", "1"], ["last", "2"]]
    assert rows.lines == [1, 2, 5]
    assert list(rows.long) == [1] and rows.faults == []


def test_blank_lines_are_no_rows_but_count_as_lines():
    """A blank line that is not counted shifts every line number after it."""
    rows = _cut("a,b\n\n1,2\r\n\r\n3,4")
    assert (rows.cells, rows.lines) == ([["a", "b"], ["1", "2"], ["3", "4"]], [1, 3, 5])


def test_text_behind_a_closing_quote_costs_one_row():
    """csv's lenient reader makes `Great movie` of `"Great" movie`, which nobody wrote."""
    rows = _cut('a,b\n"Great" movie,pos\nfine,neg\n')
    assert rows.cells == [["a", "b"], ["fine", "neg"]]
    assert _faults(rows) == [(2, "stray_quote")] and rows.glued == 1


def test_an_open_quote_at_the_end_does_not_swallow_the_file():
    """csv's lenient reader gives one row that holds the rest of the file, without a word."""
    rows = _cut('a,b\nx,1\n"open,2\ny,3\nz,4\n')
    assert rows.cells == [["a", "b"], ["x", "1"], ["y", "3"], ["z", "4"]]
    assert rows.lines == [1, 2, 4, 5]
    assert _faults(rows) == [(3, "unclosed_quote")]


def test_an_open_quote_before_a_quoted_cell():
    """The open cell ends where the next quoted one begins; that one must not be lost, too."""
    rows = _cut('a,b\n"open,1\nx,2\n"y, yes",3\n')
    assert rows.cells == [["a", "b"], ["x", "2"], ["y, yes", "3"]]
    assert _faults(rows) == [(2, "unclosed_quote")]


def test_two_open_quotes_that_close_each_other():
    """Valid by the grammar: one cell with rows inside. Their shape and their labels give them away."""
    rows = _cut('text,label\nhi,a\nho,b\n"5 inch,a\nfine,b\ngood,a\nnail 6",b\nend,a\nmore,b\n')
    assert rows.cells[0:4] == [["text", "label"], ["hi", "a"], ["ho", "b"], ["fine", "b"]]
    assert ['nail 6"', "b"] in rows.cells and ["end", "a"] in rows.cells
    assert _faults(rows) == [(4, "unclosed_quote")]
    assert rows.lines == [1, 2, 3, 5, 6, 7, 8, 9]


def test_long_cells_with_commas_are_not_taken_apart():
    """A letter with one comma in a line looks like a row of two cells, but its second cell is no label."""
    letter = '"Dear team,\nthe lamp is broken, sadly\nand I want, please, a new one\nyours, Ann",a\n'
    rows = _cut("text,label\nhi,a\nho,b\nha,a\nhe,b\n" + letter)
    assert rows.faults == [] and len(rows.cells) == 6


def test_without_quoting_a_quote_is_text():
    """In STS-B a sentence may begin with a quote and never close it."""
    rows = _cut('"It is\t"so"\tx\n', "\t", quoting=False)
    assert rows.cells == [['"It is', '"so"', "x"]]


def test_damaged_bytes_are_found_by_line():
    """The line of the damage, not the line on which its row begins."""
    rows = _cut('a,b\nx,1\n"two\nlines\udcff",2\ny\0,3\nz,4\n', clean=False)
    assert rows.cells == [["a", "b"], ["x", "1"], ["z", "4"]]
    assert _faults(rows) == [(4, "undecodable"), (5, "undecodable")]


def test_very_long_cells_and_the_limit_of_csv():
    """csv refuses cells over 131,072 characters; its limit is for the whole process and must be put back."""
    before = csv.field_size_limit()
    assert _cut("a\n" + "x" * 200_000 + "\n").cells[1] == ["x" * 200_000]
    assert csv.field_size_limit() == before


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8), st.sampled_from(",;\t|"))
def test_what_csv_writes_is_read_back(table, delimiter):
    """Commas, quotes, line breaks, lone carriage returns, signs of any script: all come back."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(table)
    rows = _cut(buffer.getvalue(), delimiter)
    assert rows.cells == table
    assert rows.faults == []


@given(st.text(st.sampled_from('ab,"\n\r'), max_size=60))
def test_any_text_is_cut_without_a_crash(text):
    """Whatever the quotes do: no exception, lines rise, and no row begins where another begins."""
    rows = _cut(text)
    marks = sorted([*rows.lines, *(fault.line for fault in rows.faults)])
    assert rows.lines == sorted(rows.lines)
    assert len(set(marks)) == len(marks)


def test_pieces_together_are_the_whole():
    """A row at the edge of two pieces must come once, and a fault there must cost no more than itself."""
    lines = ['a,"b\n', 'c",d\n', '"x" y,z\n', "e,f\n", "\n", '"open\n', "g,h\n", "i,j\n"]
    whole = cut(lines, ",", True)
    for most in range(1, 6):
        pieces = list(cut_pieces(lines, ",", True, most=most))
        assert [row for piece in pieces for row in piece.cells] == whole.cells
        assert [line for piece in pieces for line in piece.lines] == whole.lines
        assert [fault for piece in pieces for fault in piece.faults] == whole.faults
        assert all(len(piece.cells) <= most for piece in pieces)
    assert list(cut_pieces([], ",", True, most=3)) == []
