"""Sample answers of a model, to be read."""

from __future__ import annotations

from tunewright.records.record import Record

__all__ = ["Generation", "Generations"]


class Generation(Record):
    """One question and the answers to it. Holds the user's text, each cut to 1,000 characters."""

    file: str
    line: int
    prompt: str
    reference: str
    """The answer in the data."""
    before: str
    """Of the model as it was before the training."""
    after: str
    """Of the tuned model."""


class Generations(Record):
    """evaluation/generate.json."""

    samples: tuple[Generation, ...] = ()
    notes: tuple[str, ...] = ()
