"""Every event of the loop reaches the journal, the observer and the trackers, in order, while it is fresh."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_runs import Watcher

from tunewright.pipeline.recording import record_events
from tunewright.records import Journal, read_journal
from tunewright.training.loop import Noted, Saved, Stepped, Validated
from tunewright.training.state import Progress
from tunewright.training.step import Update

UPDATE = Update(loss=0.5, grad_norm=1.5, rows=8, tokens=64, seconds=0.25)


class Curves:
    """A tracker that remembers its points."""

    def __init__(self) -> None:
        self.points: list[tuple[str, float, int]] = []

    def scalar(self, name: str, value: float, step: int) -> None:
        self.points.append((name, value, step))

    def close(self) -> None:
        """Nothing is held back."""


def happened():
    yield Stepped(1, 0.5, UPDATE, 1e-3, Progress(step=1))
    yield Noted(1, "memory ran short")
    yield Validated(1, {"accuracy": 0.75, "loss": 0.4}, True, Progress(step=1, best_step=1))
    yield Saved(1, Path("checkpoints/step-000001"), Progress(step=1, best_step=1, finished=True))


@pytest.fixture
def journal(tmp_path):
    opened = Journal(tmp_path / "journal.jsonl")
    yield opened
    opened.close()


def test_without_a_journal_nothing_is_told():
    """Of four processes, four would draw a bar and write every point of a curve."""
    watcher, curves = Watcher(), Curves()
    progress = record_events(happened(), None, watcher, [curves], "accuracy", Progress())
    assert progress == Progress(step=1, best_step=1, finished=True)
    assert (watcher.steps, watcher.notes, curves.points) == ([], [], [])


def test_all_of_them_are_told_everything(journal):
    """A curve that lacks its validation, or a bar its notes, misleads."""
    watcher, curves = Watcher(), Curves()
    progress = record_events(happened(), journal, watcher, [curves], "accuracy", Progress())
    assert progress == Progress(step=1, best_step=1, finished=True)
    events = list(read_journal(journal.path))
    assert [event["event"] for event in events] == ["step", "note", "validation", "checkpoint"]
    assert events[0] == {
        "event": "step",
        "step": 1,
        "epoch": 0.5,
        "loss": 0.5,
        "learning_rate": 1e-3,
        "grad_norm": 1.5,
        "rows": 8,
        "tally": 0,
        "tokens": 64,
        "seconds": 0.25,
    }
    assert events[2]["metrics"] == {"accuracy": 0.75, "loss": 0.4}
    assert watcher.steps == [1]
    assert watcher.notes == ["memory ran short"]
    assert ("validation/accuracy", 0.75, 1) in curves.points
    assert ("train/loss", 0.5, 1) in curves.points


def test_each_line_is_on_disk_before_the_next_event(journal):
    """Killed in the next step, the journal must hold this one."""

    def checking():
        for number, event in enumerate(happened()):
            assert len(list(read_journal(journal.path))) == number
            yield event

    record_events(checking(), journal, Watcher(), [], "accuracy", Progress())


def test_without_events_the_progress_stands(journal):
    """A finished run that is resumed has nothing left to tell."""
    done = Progress(step=9, finished=True)
    assert record_events(iter(()), journal, Watcher(), [], "accuracy", done) is done
