"""Consumes the loop's events: journal, observer, trackers."""

from __future__ import annotations

from collections.abc import Iterator

from tunewright.records import Journal
from tunewright.training.loop import Event, Noted, Saved, Stepped, Validated
from tunewright.training.observer import Observer
from tunewright.training.state import Progress
from tunewright.training.trackers.tracker import Scalars

__all__ = ["record_events"]


def record_events(
    events: Iterator[Event],
    journal: Journal | None,
    observer: Observer,
    trackers: list[Scalars],
    select_by: str,
    progress: Progress,
) -> Progress:
    """Write every event down as it comes; answers the progress at the end. Without a journal nothing is told: of many
    processes that train together, one writes."""
    for event in events:
        if journal is None:
            progress = progress if isinstance(event, Noted) else event.progress
            continue
        if isinstance(event, Stepped):
            _stepped(event, journal, observer, trackers)
            progress = event.progress
        elif isinstance(event, Validated):
            journal.write("validation", step=event.step, metrics=dict(event.metrics), best=event.best)
            observer.validation(event.step, event.metrics, select_by, event.best)
            for tracker in trackers:
                for name, value in event.metrics.items():
                    tracker.scalar(f"validation/{name}", value, event.step)
            progress = event.progress
        elif isinstance(event, Saved):
            journal.write("checkpoint", step=event.step)
            progress = event.progress
        elif isinstance(event, Noted):
            journal.write("note", step=event.step, text=event.text)
            observer.note(event.text)
    return progress


def _stepped(event: Stepped, journal: Journal, observer: Observer, trackers: list[Scalars]) -> None:
    update = event.update
    journal.write(
        "step",
        step=event.step,
        epoch=round(event.epoch, 4),
        loss=update.loss,
        learning_rate=event.learning_rate,
        grad_norm=update.grad_norm,
        rows=update.rows,
        tally=update.tally,
        tokens=update.tokens,
        seconds=round(update.seconds, 6),
    )
    observer.step(event.step, event.epoch, update, event.learning_rate)
    for tracker in trackers:
        tracker.scalar("train/loss", update.loss, event.step)
        tracker.scalar("train/learning_rate", event.learning_rate, event.step)
        tracker.scalar("train/grad_norm", update.grad_norm, event.step)
