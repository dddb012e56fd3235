"""sample://tickets: the data set that every demo figure is measured on."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from tunewright.errors import ResourceError
from tunewright.samples import inbox
from tunewright.samples.inbox import COLUMNS, content, tickets
from tunewright.samples.wording import departments, regions

SHA256 = "77b0a59ce41a13fc5a4b802e51fb6a8e267e188e609b5f540a0c35704f5b4a53"


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content())))


@pytest.fixture(autouse=True)
def users_own_cache(own_cache, monkeypatch):
    """These tests are about where the cache is when nobody has named it."""
    monkeypatch.delenv("TUNEWRIGHT_CACHE")


def test_the_bytes_are_promised(tmp_path):
    """Figures in the documentation mean nothing once the rows have changed; a change is a new VERSION."""
    assert hashlib.sha256(tickets(tmp_path).read_bytes()).hexdigest() == SHA256


def test_another_process_writes_the_same_bytes():
    """Sets and dicts in the writing would make it differ from process to process."""
    code = "import hashlib, tunewright.samples.inbox as i; print(hashlib.sha256(i.content().encode()).hexdigest())"
    environment = {"PYTHONHASHSEED": "4242", "PATH": "/usr/bin", "LC_ALL": "C"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == SHA256


def test_it_has_the_rows_columns_and_labels_it_says(rows):
    """The demo's recipe and the documentation name them."""
    assert len(rows) == 3600
    assert tuple(rows[0]) == COLUMNS
    assert {row["department"] for row in rows} == {department.name for department in departments()}
    assert {row["region"] for row in rows} == {region.name for region in regions()}
    assert {row["channel"] for row in rows} == {"email", "chat", "form"}
    assert len({row["id"] for row in rows}) == len(rows)
    assert all(cell.strip() for row in rows for cell in row.values())


def test_it_is_imbalanced_as_promised(rows):
    """A balanced demo would hide what a minority class costs."""
    counts = Counter(row["department"] for row in rows).most_common()
    assert 8 <= counts[0][1] / counts[-1][1] <= 11
    assert counts[-1][1] >= 70


def test_created_is_in_order_and_of_one_year(rows):
    """A split by time must be possible."""
    days = [row["created"][:10] for row in rows]
    assert days == sorted(days)
    assert all(re.fullmatch(r"2025-\d\d-\d\d [01]\d:[0-5]\d|2025-\d\d-\d\d 20:[0-5]\d", row["created"]) for row in rows)


def test_only_the_meant_rows_stand_twice_and_two_contradict(rows):
    """Accidental duplicates leak from training to test; the few that are meant give the audit something to find."""
    labels = defaultdict(list)
    for row in rows:
        labels[re.sub(r"[\W\d_]+", "", row["message"].casefold())].append(row["department"])
    repeated = [found for found in labels.values() if len(found) > 1]
    assert len(repeated) == 12
    assert all(len(found) == 2 for found in repeated)
    assert sum(len(set(found)) > 1 for found in repeated) == 2


def test_it_is_varied(rows):
    """A handful of sentences would be learned by heart."""
    lengths = [len(row["message"].split()) for row in rows]
    assert min(lengths) <= 3
    assert max(lengths) >= 45
    assert 15 <= sorted(lengths)[len(lengths) // 2] <= 30
    assert len({" ".join(row["message"].lower().split()[:3]) for row in rows}) > 800
    assert sum(row["message"] == row["message"].lower() for row in rows) > 300


def test_it_holds_more_than_ascii(rows):
    """A reader that guesses the wrong encoding must stumble here, in the demo, and not on the user's data."""
    text = "".join(row["message"] for row in rows)
    for sign in ("ã", "ø", "ả", "Ł", "您", "€", "😡"):
        assert sign.lower() in text.lower(), sign


def test_some_messages_are_filed_elsewhere():
    """Without label noise a model could reach 100%, and nobody would believe it."""
    dice = inbox.Dice(1)
    department = departments()[0]
    filed = Counter(inbox._ticket(department, dice).department for _ in range(2000))
    assert 0.03 < 1 - filed[department.name] / 2000 < 0.09
    assert set(filed) <= {each.name for each in departments()}


def test_a_file_that_is_there_is_left_alone(tmp_path):
    """Rewriting at every call would change the file's time and wake up caches."""
    first = tickets(tmp_path).stat()
    second = tickets(tmp_path).stat()
    assert (first.st_mtime_ns, first.st_ino) == (second.st_mtime_ns, second.st_ino)


@pytest.mark.parametrize("damage", [b"", b"id,message\n", None], ids=["empty", "cut", "one byte"])
def test_a_damaged_file_is_written_again(tmp_path, damage):
    """A cache cut short by a full disk would train on half the rows without a word."""
    path = tickets(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:5000] + b"#" + whole[5001:] if damage is None else damage)
    assert tickets(tmp_path).read_bytes() == whole
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_it_is_kept_in_the_users_cache(tmp_path, monkeypatch):
    """Written into the working folder it would end up in somebody's repository."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert tickets().parent == tmp_path / "cache" / "tunewright"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert tickets().parent == tmp_path / "home" / ".cache" / "tunewright"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/folder")
    assert tickets().parent == tmp_path / "home" / ".cache" / "tunewright"


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The temporary folder that stands in for the system's."""
    place = tmp_path / "tmp"
    place.mkdir()
    monkeypatch.setattr(inbox.tempfile, "tempdir", str(place))
    inbox._temporary.cache_clear()
    yield place
    inbox._temporary.cache_clear()


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, monkeypatch, temporary):
    """A container with a read-only home must still run the demo."""
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    path = tickets()
    assert path.is_relative_to(temporary)
    assert path.read_text(encoding="utf-8") == content()
    assert tickets() == path


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), ResourceError("The disk is full")])
def test_an_error_while_writing_the_cache_is_survived(tmp_path, monkeypatch, temporary, error):
    """A read-only or full home fails only in the middle of the writing."""
    write = inbox.write_text

    def refuse(path: Path, text: str) -> Path:
        if path.is_relative_to(temporary):
            return write(path, text)
        raise error

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(inbox, "write_text", refuse)
    assert tickets().is_relative_to(temporary)


def test_no_home_at_all_is_survived(monkeypatch, temporary):
    """A user without an entry in the password file has no home."""

    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(inbox.Path, "home", no_home)
    assert tickets().is_relative_to(temporary)


def test_a_folder_that_was_named_is_not_exchanged_for_another(tmp_path):
    """Whoever names a folder looks for the file there."""
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OSError, match="file"):
        tickets(tmp_path / "file")
