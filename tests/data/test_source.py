"""Files as bytes: what is no table is refused before anything is read into it."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zipfile

import pytest

from tunewright.data.source import describe, load, refuse_binary
from tunewright.errors import DataError, UserError


def test_a_missing_file_names_its_neighbours(put):
    """The usual reason is a slip in the name."""
    path = put("trian.csv", "a,b\n1,2\n")
    with pytest.raises(UserError, match=r"In that folder: trian\.csv"):
        load(path.with_name("train.csv"))
    with pytest.raises(UserError, match="There is no file"):
        load(path.parent / "nowhere" / "train.csv")


def test_a_folder_is_no_file(tmp_path):
    """IsADirectoryError, with a traceback."""
    with pytest.raises(UserError, match="is a folder"):
        load(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read(put):
    """PermissionError, with a traceback."""
    path = put("train.csv", "a\n")
    path.chmod(0)
    with pytest.raises(UserError, match="chmod"):
        load(path)


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(5, "Input/output error")])
def test_errors_of_the_disk_are_explained(put, monkeypatch, error):
    """A failing disk or a network mount ends in one sentence."""
    path = put("train.csv", "a\n")

    def fail(self):
        raise error

    monkeypatch.setattr(type(path), "read_bytes", fail)
    with pytest.raises(UserError, match=r"train\.csv (may not|cannot) be read"):
        load(path)


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (_zip(), "zip archive"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "gunzip"),
        (b"PAR1\x15\x04", r"\.parquet"),
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"\x80\x04\x95\x00", "never opened"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
        (b"\n\n<!doctype HTML><html>", "web page"),
        (bytes(range(256)) * 8, "control characters"),
        (b"a\0b\0\0\0c,\0\0d\n" * 50, "control characters"),
        (b"", "is empty"),
        (b" \n\n\t\r\n", "is empty"),
        (b"\xef\xbb\xbf\n", "is empty"),
    ],
)
def test_what_is_no_text(put, raw, what):
    """A spreadsheet renamed to .csv would be thousands of undecodable rows."""
    with pytest.raises(DataError, match=what):
        refuse_binary(raw, put("train.csv", raw))


@pytest.mark.parametrize(
    "raw",
    [b"a,b\n1,2\n", "很好,a\n".encode("utf-16"), "plain text".encode("utf-16-le"), b"one\0zero byte" * 3 + b"x" * 99],
)
def test_what_is_text(put, raw):
    """UTF-16 is half zero bytes, and one stray zero byte costs a row and not the file."""
    refuse_binary(raw, put("train.csv", raw))


def test_a_file_is_described_with_its_hash(put):
    """Provenance rests on the hash of the bytes."""
    path = put("a.csv", "a\n1\n")
    record = describe(path, path.read_bytes(), format="csv", role="train", rows=1, columns=("a",), delimiter=",")
    assert record.sha256 == hashlib.sha256(b"a\n1\n").hexdigest()
    assert (record.bytes, record.rows, record.path, record.quoting, record.header) == (4, 1, str(path), True, True)
