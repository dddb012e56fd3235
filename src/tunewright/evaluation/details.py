"""Where the tuned model is right and wrong: label by label, and the rows that it gets most wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunewright import records
from tunewright.evaluation.measured import Draws, interval_around
from tunewright.evaluation.subject import Split, Subject
from tunewright.metrics import bootstrap, classification, multilabel

__all__ = ["MOST_CONFUSED", "by_label", "confusion", "mistakes", "scatter"]

MOST_CONFUSED = 300
"""Classes up to which the confusion matrix is kept: beyond it would be read by nobody and weigh megabytes."""
TEXT_LENGTH = 500
SCATTERED = 500


def by_label(
    subject: Subject, split: Split, scores: NDArray[np.float64], draws: Draws
) -> tuple[records.ClassQuality, ...]:
    """Precision, recall and F1 of every label, with the interval of F1; nothing for numbers."""
    if subject.space.kind == "number":
        return ()
    rates_of = classification.per_class if subject.space.kind == "classes" else multilabel.per_label
    plain = rates_of(split.truth, scores, np.ones((1, len(split))))
    drawn = bootstrap.resampled(
        lambda weights: {"f1": rates_of(split.truth, scores, weights).f1}, len(split), draws.count, draws.seed
    )
    found = []
    for index, label in enumerate(subject.space.names):
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


def confusion(subject: Subject, split: Split, scores: NDArray[np.float64]) -> records.Confusion | None:
    """Rows by true and predicted class; None where there are no classes, or too many."""
    if subject.space.kind != "classes" or len(subject.space.names) > MOST_CONFUSED:
        return None
    counts = classification.confusion(split.truth, scores)
    return records.Confusion(labels=subject.space.names, counts=tuple(tuple(row) for row in counts.tolist()))


def mistakes(subject: Subject, split: Split, scores: NDArray[np.float64], most: int) -> tuple[records.Mistake, ...]:
    """The rows answered wrong with the most confidence, or farthest from the truth, the worst first.

    Mislabelled rows gather here: whoever reads only one list should read this one.
    """
    wrong, weight = _wrongness(subject, split, scores)
    rows = wrong[np.argsort(-weight[wrong], kind="stable")][:most]
    if not len(rows):
        return ()
    table = split.table.take(rows)
    texts = subject.inputs.texts(table.columns)
    predicted = subject.task.decide(scores[rows], subject.space)
    found = []
    for position, row in enumerate(rows.tolist()):
        place = split.table.place(row)
        text = texts[position]
        found.append(
            records.Mistake(
                file=place.file,
                line=place.line,
                text=(text if isinstance(text, str) else "\n".join(text))[:TEXT_LENGTH],
                truth=_truth_in_words(subject, split.truth[row]),
                predicted=predicted[position],
                score=float(weight[row]),
            )
        )
    return tuple(found)


def scatter(subject: Subject, split: Split, scores: NDArray[np.float64], seed: int) -> tuple[tuple[float, float], ...]:
    """Up to 500 pairs (truth, prediction) of a number, a seeded draw in the order of the rows."""
    if subject.space.kind != "number":
        return ()
    rows = np.sort(np.random.default_rng(seed).permutation(len(split))[:SCATTERED])
    return tuple(zip(split.truth[rows].tolist(), scores[rows].tolist(), strict=True))


def _wrongness(
    subject: Subject, split: Split, scores: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rows that are wrong, and how wrong every row is: (wrong,), (rows,)."""
    if subject.space.kind == "classes":
        return np.flatnonzero(scores.argmax(axis=1) != split.truth), scores.max(axis=1)
    if subject.space.kind == "number":
        error = np.abs(scores - split.truth)
        return np.flatnonzero(error > 0), error
    wrong = (scores >= multilabel.THRESHOLD) != (split.truth > 0)
    return np.flatnonzero(wrong.any(axis=1)), (np.abs(scores - split.truth) * wrong).max(axis=1)


def _truth_in_words(subject: Subject, truth: Any) -> str:
    if subject.space.kind == "classes":
        return subject.space.names[int(truth)]
    if subject.space.kind == "number":
        return f"{float(truth):.6g}"
    return "|".join(name for name, has in zip(subject.space.names, truth, strict=True) if has)
