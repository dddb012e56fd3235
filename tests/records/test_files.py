"""Files that a kill or a full disk cannot leave half done."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import time

import pytest

from tunewright.errors import ResourceError, RunError
from tunewright.records import (
    Machine,
    Record,
    files,
    read_json,
    read_record,
    sha256_of,
    write_json,
    write_record,
    write_text,
)
from tunewright.records.files import disk_trouble, fsync_folder


class Note(Record):
    """For tests."""

    text: str
    value: float = 0.0


def test_what_is_written_is_what_is_read(tmp_path):
    """UTF-8 whatever the machine's locale, and no change of line ends."""
    text = "Cảm ơn, 您好\nä\r\nb\n"
    path = write_text(tmp_path / "new" / "folder" / "a.txt", text)
    assert path.read_bytes() == text.encode()
    assert path.stat().st_mode & 0o777 == 0o644


def test_json_is_readable_and_keeps_its_letters(tmp_path):
    """Records are read by people too."""
    path = write_json(tmp_path / "a.json", {"label": "您好", "list": [1, 2]})
    assert "您好" in path.read_text(encoding="utf-8")
    assert path.read_text(encoding="utf-8").endswith("}\n")
    assert read_json(path) == {"label": "您好", "list": [1, 2]}


def test_json_has_no_nan(tmp_path):
    """`NaN` is no JSON: jq and browsers refuse the whole file."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"value": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_records_keep_their_nan_and_stay_json(tmp_path):
    """An undefined metric is a result too."""
    path = write_record(tmp_path / "a.json", Note(text="x", value=float("inf")))
    json.loads(path.read_text(), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert read_record(path, Note).value == float("inf")


@pytest.mark.parametrize("call", ["fsync", "replace", "chmod", "mkstemp"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EACCES])
def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch, call, number):
    """The record of yesterday is worth more than half of today's."""
    path = write_text(tmp_path / "a.txt", "old")

    def fail(*args, **kwargs):
        raise OSError(number, os.strerror(number))

    owner = {"fsync": os, "mkstemp": files.tempfile}.get(call, files.Path)
    with monkeypatch.context() as patch:
        patch.setattr(owner, call, fail)
        with pytest.raises(OSError if number == errno.EACCES else ResourceError) as caught:
            write_text(path, "new")
    if number != errno.EACCES:
        assert str(path) in str(caught.value)
        assert caught.value.exit_code == 75
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


def test_ctrl_c_leaves_no_litter(tmp_path, monkeypatch):
    """It comes at any instant."""

    def stop(descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        write_text(tmp_path / "a.txt", "new")
    assert list(tmp_path.iterdir()) == []


def test_kills_leave_the_old_or_the_new_file(tmp_path):
    """A record cut in the middle makes the whole run unreadable."""
    path = tmp_path / "a.json"
    write_json(path, {"number": 0, "padding": "x" * 5000})
    for wait in (0.004, 0.009, 0.015, 0.022, 0.03, 0.006, 0.012, 0.018):
        child = os.fork()
        if child == 0:
            number = 0
            while True:
                number += 1
                write_json(path, {"number": number, "padding": "x" * 5000})
        time.sleep(wait)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert len(read_json(path)["padding"]) == 5000


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "is missing"),
        (b"", "is damaged"),
        (b"{", "is damaged"),
        (b"\xff\xfe", "is damaged"),
        (b"[1]", "no JSON object"),
    ],
)
def test_what_cannot_be_read_says_so(tmp_path, content, what):
    """`Expecting value: line 1 column 1` names neither the file nor the reason."""
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RunError, match=what) as caught:
        read_json(path)
    assert str(path) in str(caught.value)


def test_another_record_is_refused(tmp_path):
    """A latency read as memory would be a report of nonsense."""
    path = write_json(tmp_path / "a.json", {"text": 5})
    with pytest.raises(RunError, match=r"is not a Note record: Input should be a valid string"):
        read_record(path, Note)
    with pytest.raises(RunError, match="is not a Machine record"):
        read_record(path, Machine)


def test_sha256_is_sha256(tmp_path):
    """Hashes are compared with those of other programs."""
    (tmp_path / "a").write_bytes(b"x" * 3_000_000)
    assert sha256_of(tmp_path / "a") == hashlib.sha256(b"x" * 3_000_000).hexdigest()


def test_folders_that_cannot_be_synced_are_let_be(tmp_path):
    """Network file systems refuse it; the data is no worse for it."""
    fsync_folder(tmp_path)
    fsync_folder(tmp_path / "none")


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (OSError(errno.ENOSPC, "x"), "full"),
        (OSError(errno.EDQUOT, "x"), "quota"),
        (OSError(errno.EFBIG, "x"), "ulimit"),
        (OSError(errno.EROFS, "x"), "only be read"),
        (RuntimeError("No space left on device (os error 28)"), "full"),
        (RuntimeError("Input/output error (os error 5)"), "failed"),
        (OSError(errno.EACCES, "x"), None),
        (RuntimeError("os error"), None),
        (ValueError("28"), None),
    ],
)
def test_a_disk_in_trouble_has_many_faces(error, trouble):
    """A full disk is worth another try, a bug is not."""
    found = disk_trouble(error)
    assert (found is None) == (trouble is None)
    assert (trouble or "") in (found or "")
