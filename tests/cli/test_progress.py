"""What a person sees while a run works: loss, metric, speed, time left."""

from __future__ import annotations

import io
import re
import sys

import pytest
from rich.console import Console

from tunewright.cli import progress
from tunewright.cli.progress import LiveLines, PlainLines, observer
from tunewright.training.step import Update


def update(loss: float = 0.5, seconds: float = 0.1) -> Update:
    return Update(loss=loss, grad_norm=1.0, rows=32, tokens=1000, seconds=seconds)


def told(watcher) -> None:
    """A whole run of four steps, from the second one on."""
    watcher.phase("Reading the [data]")
    watcher.progress(1, 2)
    watcher.note("3 rows of [x] are empty")
    watcher.training_starts(1, 4)
    for step in (2, 3, 4):
        watcher.step(step, step / 4, update(0.9 - 0.1 * step), 1e-3)
        if step == 3:
            watcher.validation(step, {"accuracy": 0.875, "loss": 0.25}, "accuracy", True)
    watcher.training_ends()
    watcher.close()


@pytest.fixture
def plain():
    stream = io.StringIO()
    return PlainLines(Console(file=stream, width=200, highlight=False)), stream


@pytest.fixture
def live():
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=160, color_system=None, highlight=False)
    return LiveLines(console), stream


def test_plain_lines_say_everything_once(plain):
    """A log of a cluster is read later, by grep."""
    watcher, stream = plain
    told(watcher)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "Reading the [data]", "brackets are no markup"
    assert lines[1] == "note: 3 rows of [x] are empty"
    assert lines[2] == "Training: 3 steps"
    assert "step 3: validation accuracy 0.8750, loss 0.2500 (best)" in lines
    assert "\x1b" not in stream.getvalue()


def test_plain_lines_have_loss_speed_and_time_left(plain):
    """Whether to wait for it or to go home."""
    watcher, stream = plain
    told(watcher)
    last = stream.getvalue().splitlines()[-1]
    assert last.startswith("step 4/4 · epoch 1.00 · loss 0.600 · 320 rows/s · 10,000 tokens/s · ")
    assert last.endswith("0 s left")


def test_plain_lines_come_every_ten_seconds_and_at_the_end(plain, monkeypatch):
    """One a step would fill a disk; none would look like a hang."""
    watcher, stream = plain
    clock = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    watcher.training_starts(0, 100)
    for step in range(1, 101):
        clock[0] += 1.0
        watcher.step(step, step / 100, update(), 1e-3)
    steps = [int(n) for n in re.findall(r"^step (\d+)/100", stream.getvalue(), flags=re.MULTILINE)]
    assert steps == [1, 11, 21, 31, 41, 51, 61, 71, 81, 91, 100]
    assert "step 51/100 · epoch 0.51 · " in stream.getvalue()
    assert "· 49 s left" in stream.getvalue()


def test_time_left_of_a_resumed_run_is_about_its_own_steps(plain, monkeypatch):
    """Counting the steps of yesterday would promise an end that does not come."""
    watcher, stream = plain
    clock = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    watcher.training_starts(50, 100)
    clock[0] += 20.0
    watcher.step(60, 0.6, update(), 1e-3)
    assert stream.getvalue().splitlines()[-1].endswith("· 80 s left")


def test_the_bar_has_loss_metric_speed_and_time_left(live):
    """All on one line that stays."""
    watcher, stream = live
    told(watcher)
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    bar = [line for line in re.split(r"[\r\n]", shown) if line.startswith("Training")][-1]
    assert "4/4" in bar
    assert "loss 0.600 · 320 rows/s · 10,000 tokens/s · accuracy 0.875" in bar
    assert "left" in bar
    assert "! 3 rows of [x] are empty" in shown
    assert "step 3: validation accuracy 0.8750, loss 0.2500 best so far" in shown


@pytest.mark.parametrize("width", [80, 100, 130])
def test_the_bar_fits_and_leaves_room_for_what_the_terminal_writes(width):
    """`^C` behind a full line wraps, and the bar stands there twice for ever; a step or a time cut short is wrong."""
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=width, color_system=None, highlight=False)
    watcher = LiveLines(console)
    watcher.training_starts(0, 15000)
    for step in (9998, 9999):
        watcher.step(step, 1.0, Update(loss=0.5, grad_norm=1.0, rows=320, tokens=90_000, seconds=0.1), 1e-3)
        watcher.validation(step, {"accuracy": 0.875, "loss": 0.25}, "accuracy", True)
    watcher.step(10000, 1.0, update(), 1e-3)
    watcher.close()
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    lines = [line for line in re.split(r"[\r\n]", shown) if "/15000" in line]
    assert max(map(len, lines)) <= width - len("^C^C")
    assert "…" not in "".join(lines)
    assert "10000/15000" in lines[-1] and "accuracy 0.875" in lines[-1] and lines[-1].rstrip().endswith("left")


def test_the_bar_goes_when_it_is_closed(live):
    """An error must not be printed into a bar that still moves."""
    watcher, stream = live
    watcher.phase("Reading")
    watcher.close()
    watcher.close()
    size = len(stream.getvalue())
    watcher.progress(1, 2)
    watcher.step(1, 0.1, update(), 1e-3)
    assert len(stream.getvalue()) == size


def test_loss_and_speed_are_about_the_last_steps(plain):
    """A mean over the whole run hides that it has stopped learning, or slowed down."""
    watcher, stream = plain
    watcher.training_starts(0, 200)
    for step in range(1, 200):
        watcher.step(step, 0.0, update(loss=9.0, seconds=10.0), 1e-3)
    for _ in range(60):
        watcher.step(200, 1.0, update(loss=0.25, seconds=0.1), 1e-3)
    assert "loss 0.250 · 320 rows/s" in stream.getvalue().splitlines()[-1]


def test_the_stream_decides(monkeypatch):
    """A bar in a log is thousands of lines of escape codes."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert isinstance(observer(), LiveLines)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert isinstance(observer(), PlainLines)
