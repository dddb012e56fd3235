"""Where the tuned model is right and wrong: label by label, and the rows that it gets most wrong."""

from __future__ import annotations

import base64

import numpy as np

from tunewright import records
from tunewright.evaluation.measured import Draws, interval_around
from tunewright.evaluation.subject import Split, Subject
from tunewright.metrics import bootstrap
from tunewright.tasks.task import Answers

__all__ = ["MOST_CONFUSED", "by_label", "confusion", "mistakes", "scatter"]

MOST_CONFUSED = 300
"""Classes up to which the confusion matrix is kept: beyond it would be read by nobody and weigh megabytes."""
TEXT_LENGTH = 500
SCATTERED = 500


def by_label(subject: Subject, split: Split, answers: Answers, draws: Draws) -> tuple[records.ClassQuality, ...]:
    """Precision, recall and F1 of every label, with the interval of F1; nothing for numbers."""
    task = subject.task
    labels = task.labels(subject.space)
    if not labels:
        return ()
    plain = task.label_rates(split.truth, answers, np.ones((1, len(split))))
    drawn = bootstrap.resampled(
        lambda weights: {"f1": task.label_rates(split.truth, answers, weights).f1}, len(split), draws.count, draws.seed
    )
    found = []
    for index, label in enumerate(labels):
        f1 = float(plain.f1[0, index])
        low, high = interval_around(f1, drawn["f1"][:, index])
        found.append(
            records.ClassQuality(
                label=label,
                precision=float(plain.precision[0, index]),
                recall=float(plain.recall[0, index]),
                f1=f1,
                low=low,
                high=high,
                support=int(plain.support[0, index]),
            )
        )
    return tuple(found)


def confusion(subject: Subject, split: Split, answers: Answers) -> records.Confusion | None:
    """What is taken for what; None where there are no classes, or too many."""
    if len(subject.task.labels(subject.space)) > MOST_CONFUSED:
        return None
    found = subject.task.confusion(split.truth, answers, subject.space)
    if found is None:
        return None
    labels, counts = found
    return records.Confusion(labels=labels, counts=tuple(tuple(row) for row in counts.tolist()))


def mistakes(subject: Subject, split: Split, answers: Answers, most: int) -> tuple[records.Mistake, ...]:
    """The rows answered wrong with the most confidence, or farthest from the truth, the worst first.

    Mislabelled rows gather here: whoever reads only one list should read this one.
    """
    is_wrong, weight = subject.task.wrongness(split.truth, answers)
    wrong = np.flatnonzero(is_wrong)
    rows = wrong[np.argsort(-weight[wrong], kind="stable")][:most]
    if not len(rows):
        return ()
    table = split.table.take(rows)
    task, space = subject.task, subject.space
    texts = [t if isinstance(t, str) else "\n".join(t) for t in subject.inputs.texts(table.columns)]
    marked = subject.inputs.marked(table.columns)
    predicted = task.quoted(answers[rows], space, marked) or task.decide(answers[rows], space)
    truth = task.quoted(split.truth[rows], space, marked) or task.in_words(split.truth[rows], space)
    texts = task.excerpts(split.truth[rows], answers[rows], texts) or texts
    pictures = subject.inputs.thumbnails(split.encoded, rows.tolist())
    found = []
    for position, row in enumerate(rows.tolist()):
        place = split.table.place(row)
        found.append(
            records.Mistake(
                file=place.file,
                line=place.line,
                text=texts[position][:TEXT_LENGTH],
                truth=truth[position],
                predicted=predicted[position],
                score=float(weight[row]),
                picture=_uri(pictures[position]) if pictures else "",
            )
        )
    return tuple(found)


def _uri(picture: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(picture).decode('ascii')}"


def scatter(subject: Subject, split: Split, answers: Answers, seed: int) -> tuple[tuple[float, float], ...]:
    """Up to 500 pairs (truth, prediction) of a number, a seeded draw in the order of the rows."""
    if subject.space.kind != "number":
        return ()
    rows = np.sort(np.random.default_rng(seed).permutation(len(split))[:SCATTERED])
    return tuple(zip(split.truth[rows].tolist(), answers[rows].tolist(), strict=True))
