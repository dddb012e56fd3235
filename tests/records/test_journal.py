"""journal.jsonl."""

from __future__ import annotations

import errno
import json
import math

import pytest

from tunewright.errors import ResourceError
from tunewright.records import Journal, journal, read_journal


def events(path):
    return [(event["event"], event.get("step")) for event in read_journal(path)]


def test_each_line_is_there_at_once(tmp_path):
    """A kill after a step must not take the step's line with it."""
    path = tmp_path / "run" / "journal.jsonl"
    book = Journal(path)
    book.write("start")
    book.write("step", step=1, loss=0.5, text="您好")
    assert events(path) == [("start", None), ("step", 1)]
    assert "您好" in path.read_text(encoding="utf-8")
    book.close()


def test_a_line_that_is_not_finite_is_kept(tmp_path):
    """The loss that ended the run is the one line everybody looks for."""
    book = Journal(tmp_path / "j")
    book.write("step", step=1, loss=math.nan, grad_norm=math.inf)
    book.close()
    (event,) = read_journal(tmp_path / "j")
    assert math.isnan(event["loss"])
    assert event["grad_norm"] == math.inf


@pytest.mark.parametrize("torn", ['{"event": "st', '{"event": "step", "step": 3}', "\x00\x00\x00", '{"event"'])
def test_a_torn_last_line_is_left_out_and_not_glued_to(tmp_path, torn):
    """A kill inside a write leaves half a line; the next event must not be lost with it."""
    path = tmp_path / "j"
    book = Journal(path)
    book.write("step", step=1)
    book.close()
    with path.open("a", encoding="utf-8") as stream:
        stream.write(torn)
    whole = torn.endswith("}")
    assert events(path) == [("step", 1)] + ([("step", 3)] if whole else [])
    book = Journal(path)
    book.write("resume", step=1)
    book.close()
    assert events(path)[-1] == ("resume", 1)
    assert events(path)[0] == ("step", 1)


@pytest.mark.parametrize("line", ["[1, 2]", "5", '"event"', "{}", "null", "\ufffd"])
def test_lines_that_are_no_events_are_left_out(tmp_path, line):
    """Somebody's editor, or a disk's fault."""
    (tmp_path / "j").write_text(f'{line}\n{{"event": "end"}}\n', encoding="utf-8")
    assert events(tmp_path / "j") == [("end", None)]


def test_bytes_that_are_no_text_are_survived(tmp_path):
    """One bad sector must not hide a whole run's curves."""
    (tmp_path / "j").write_bytes(b'\xff\xfe\n{"event": "end"}\n')
    assert events(tmp_path / "j") == [("end", None)]


def test_no_journal_has_no_events(tmp_path):
    """The report of a run that failed before its first step."""
    assert list(read_journal(tmp_path / "none")) == []


def test_rewind_forgets_what_is_done_again(tmp_path):
    """A resumed run repeats steps; a curve with both tries would go back in time."""
    book = Journal(tmp_path / "j")
    book.write("start")
    for step in range(1, 6):
        book.write("step", step=step)
    book.write("validation", step=4)
    book.write("checkpoint", step=4)
    book.write("note", text="memory ran short")
    book.write("end")
    book.rewind(3)
    book.write("resume", step=3)
    book.write("step", step=4)
    book.close()
    assert events(tmp_path / "j") == [
        ("start", None),
        ("step", 1),
        ("step", 2),
        ("step", 3),
        ("note", None),
        ("resume", 3),
        ("step", 4),
    ]


def test_rewind_is_whole_or_not_at_all(tmp_path, monkeypatch):
    """The journal of a week must not be lost to a kill while it is shortened."""
    book = Journal(tmp_path / "j")
    book.write("step", step=1)
    book.write("step", step=2)

    def fail(path, text):
        raise OSError(errno.EIO, "I/O error")

    monkeypatch.setattr(journal, "write_text", fail)
    with pytest.raises(OSError, match="I/O error"):
        book.rewind(1)
    assert events(tmp_path / "j") == [("step", 1), ("step", 2)]
    book.close()


def test_a_full_disk_is_a_resource_error(tmp_path):
    """/dev/full says so at the first flush."""
    book = Journal(tmp_path / "j")
    real, book._stream = book._stream, open("/dev/full", "w", encoding="utf-8")  # noqa: SIM115, PTH123
    with pytest.raises(ResourceError, match=r"The disk is full: .*j could not be written"):
        book.write("step", step=1)
    real.close()


def test_lines_are_json(tmp_path):
    """Other programs read them one by one."""
    book = Journal(tmp_path / "j")
    book.write("step", step=1, loss=0.1)
    book.close()
    (line,) = (tmp_path / "j").read_text().splitlines()
    assert json.loads(line) == {"event": "step", "step": 1, "loss": 0.1}
