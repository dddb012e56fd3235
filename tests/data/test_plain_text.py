"""Running text becomes rows that can be found again in the file."""

from __future__ import annotations

import pytest

from tunewright.data.plain_text import is_plain_text, read_plain_text


def test_blank_lines_part_paragraphs(tmp_path):
    """Danger: every line a row of its own, so that a sentence is learned without its other half."""
    path = tmp_path / "a.txt"
    path.write_bytes("\n one\r\ntwo\n \t\n\n三\nvier".encode())
    table = read_plain_text(path, role="train")
    assert table.columns["text"] == [" one\ntwo", "三\nvier"]
    assert table.line.tolist() == [2, 6]
    assert table.files[0].format == "txt"


def test_a_file_without_blank_lines_has_a_row_a_line(tmp_path):
    """Danger: a whole corpus of one document a line read as a single row."""
    path = tmp_path / "a.txt"
    path.write_text("one\ntwo\nthree\n\n\n", encoding="utf-8")
    assert read_plain_text(path, role="train").columns["text"] == ["one", "two", "three"]


def test_bytes_that_are_no_text_are_a_fault_with_its_line(tmp_path):
    """Danger: damaged bytes are learned as signs that nobody wrote."""
    path = tmp_path / "a.txt"
    path.write_bytes("naïve café déjà\n".encode() * 20 + b"bro\xffken\n" + "très bien\n".encode() * 20)
    table = read_plain_text(path, role="train")
    assert len(table) == 40
    assert [(fault.code, fault.place.line) for fault in table.faults] == [("undecodable", 21)]


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        (b"a story\nof lines\n", True),
        (b"one line", True),
        (b"x\ty\n1\t2\n3\t4\n", False),
        (b'{"text": "a"}\n{"text": "b"}\n', False),
    ],
)
def test_tables_are_no_running_text(raw, plain):
    """Danger: a table with the ending .txt is learned with its tabs and braces."""
    assert is_plain_text(raw) is plain
