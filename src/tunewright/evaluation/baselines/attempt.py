"""What a baseline gives back, and the rows it learns from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tunewright.evaluation.subject import Split, Subject
from tunewright.tasks.task import Answers

__all__ = ["Attempt", "Lesson", "lesson", "unteachable"]

MOST_TRAINING_ROWS = 20_000
MOST_CHOICE_ROWS = 2_000
HELD_OUT = 0.2


@dataclass(frozen=True, eq=False)
class Attempt:
    """A baseline's answers, or the reason why there are none.

    Attributes:
        answers: as the task's metrics take them, one for each measured row; None when it was left out.
        notes: what the reader must know of it, one sentence each.
    """

    answers: Answers | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Lesson:
    """Rows a baseline learns from and rows that choose its regularisation, none of them among the measured.

    Attributes:
        rows: what is learned from.
        choice: what the regularisation is chosen on.
        choice_is_learned: whether `choice` was taken out of the training rows, so that it is worth learning from too
            once the choice is made.
        notes: what the reader must know.
    """

    rows: Split
    choice: Split
    choice_is_learned: bool
    notes: tuple[str, ...]


def lesson(subject: Subject) -> Lesson:
    """The training rows, at most 20,000 of them by a seeded draw, and rows to choose by.

    The choice is made on the validation rows, as the tuned model's is; where these are what is measured, or there are
    none, on a fifth of the training rows held out.
    """
    generator = np.random.default_rng(subject.seed)
    train, notes = subject.train, []
    if len(train) > MOST_TRAINING_ROWS:
        notes.append(f"learned from {MOST_TRAINING_ROWS:,} of the {len(train):,} training rows, a seeded draw")
        train = train.take(generator.permutation(len(train))[:MOST_TRAINING_ROWS])
    validation = subject.validation
    if validation is not None and len(validation) and validation is not subject.measured:
        if len(validation) > MOST_CHOICE_ROWS:
            validation = validation.take(generator.permutation(len(validation))[:MOST_CHOICE_ROWS])
        return Lesson(train, validation, False, tuple(notes))
    order = generator.permutation(len(train))
    held = min(MOST_CHOICE_ROWS, max(1, round(HELD_OUT * len(train))))
    return Lesson(train.take(order[held:]), train.take(order[:held]), True, tuple(notes))


def unteachable(subject: Subject, taught: Lesson) -> str:
    """Why nothing can be learned from these rows; empty when something can."""
    if len(taught.rows) < 2:
        return f"left out: {len(taught.rows)} training row(s) are left to learn from"
    if subject.space.kind == "classes" and len(np.unique(taught.rows.truth)) < 2:
        return "left out: its training rows are all of one class"
    return ""
