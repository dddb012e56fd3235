"""Folders that sort their rows by class, and folders that do not."""

from __future__ import annotations

import pytest

from tunewright.data.folder import read_folder
from tunewright.errors import DataError


def test_a_folder_a_class(put, tmp_path):
    """Each file is a row, named by its path."""
    put("r/pos/2.txt", "très bon\n".encode("latin-1"))
    put("r/pos/1.txt", "fine")
    put("r/neg/1.txt", "bad")
    put("r/LICENSE", "not a row")
    put("r/.hidden/x.txt", "not a row")
    table = read_folder(tmp_path / "r", role="train")
    assert table.columns["text"] == ["bad", "fine", "très bon\n"]
    assert table.columns["label"] == ["neg", "pos", "pos"]
    assert table.place(2).file.endswith("r/pos/2.txt") and table.place(2).line == 1
    assert table.take([2]).place(0).file.endswith("r/pos/2.txt")
    assert len(table.files) == 1 and table.files[0].encoding == "latin-1, utf-8"
    assert table.files[0].format == "folder"


def test_the_hash_covers_names_and_contents(put, tmp_path):
    """A row moved to another class is other data."""
    put("r/a/1.txt", "x")
    put("r/b/2.txt", "y")
    first = read_folder(tmp_path / "r", role="train").files[0].sha256
    (tmp_path / "r/a/1.txt").rename(tmp_path / "r/b/1.txt")
    put("r/a/3.txt", "x")
    assert read_folder(tmp_path / "r", role="train").files[0].sha256 != first


def test_damaged_files_are_faults(put, tmp_path):
    """One bad file among thousands costs one row."""
    put("r/a/1.txt", "naïve".encode() + b" \xff\n" + "é\n".encode())
    put("r/a/2.txt", "zero\0byte")
    put("r/b/3.txt", "fine")
    table = read_folder(tmp_path / "r", role="train")
    assert table.columns["text"] == ["fine"]
    assert [fault.code for fault in table.faults] == ["undecodable", "undecodable"]


def test_other_files_give_their_paths(put, tmp_path):
    """Images and sounds are read elsewhere; here they have a path and a label."""
    put("r/cat/1.jpg", b"\xff\xd8\xff")
    put("r/dog/1.jpg", b"\xff\xd8\xff")
    table = read_folder(tmp_path / "r", role="train")
    assert list(table.columns) == ["path", "label"] and table.columns["label"] == ["cat", "dog"]


def test_a_file_a_class(put, tmp_path):
    """A row a line; blank lines at the end are none, and one in between is an empty row."""
    put("r/pos.txt", "good\n\nfine\n\n\n")
    put("r/neg.txt", "bad\nworse")
    table = read_folder(tmp_path / "r", role="train")
    assert table.columns == {
        "text": ["bad", "worse", "good", "", "fine"],
        "label": ["neg", "neg", "pos", "pos", "pos"],
    }
    assert str(table.place(4)).endswith("r/pos.txt:3")
    assert [file.rows for file in table.files] == [2, 3]
    assert table.name.endswith("/r")


def test_equal_names_are_told_by_their_endings(put, tmp_path):
    """The movie reviews of Pang and Lee: rt-polarity.pos and rt-polarity.neg."""
    put("r/rt.pos", "good\n")
    put("r/rt.neg", b"bad\nna\xc3\xafve\nna\xc3\xafve\nw\xffrse\nw\0se\n")
    table = read_folder(tmp_path / "r", role="train")
    assert table.columns["label"] == ["neg", "neg", "neg", "pos"]
    assert [fault.place.line for fault in table.faults] == [4, 5]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ([], "is empty"),
        (["README.md"], "is empty"),
        (["train.csv", "test.csv"], r"data\.train=.*train\.csv"),
        (["a/1.txt", "stray.txt"], "side by side"),
        (["a/b/1.txt"], "nested too deeply"),
        (["a/1.txt", "b/.keep"], "class 'b' is empty"),
        (["train/pos.txt", "test/pos.txt"], "one folder a split"),
        (["only.txt"], "holds one file"),
        (["a.wav", "b.wav"], r"(?s)sorts nothing by class.*into a folder of its own, or write a table"),
        (["a.doc", "b.doc"], r"(?s)sorts nothing by class.*one \.txt file a class"),
        (["TREC.train", "TREC.test"], "one file a split"),
        (["train.txt", "test.txt"], "one file a split"),
    ],
)
def test_folders_that_sort_nothing(put, tmp_path, files, says):
    """`train` and `test` as labels would train without a word."""
    (tmp_path / "r").mkdir()
    for name in files:
        put(f"r/{name}", "x\n")
    with pytest.raises(DataError, match=says):
        read_folder(tmp_path / "r", role="train")


def test_split_folders_are_named_for_their_role(put, tmp_path):
    """The message can be pasted."""
    put("r/train/1.txt", "x")
    put("r/dev/1.txt", "x")
    with pytest.raises(DataError) as error:
        read_folder(tmp_path / "r", role="train")
    assert "data.train=" in str(error.value) and "data.validation=" in str(error.value)
