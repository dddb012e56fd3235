"""What the audit says about the partners of texts: those that are named as wrong, and those that never are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunewright.data.findings import rows
from tunewright.evaluation import Split
from tunewright.inputs.text_pair_negative import MOST_NEGATIVES, TextPairNegativeInput
from tunewright.recipe import Data
from tunewright.records import Finding
from tunewright.tasks import Task
from tunewright.tasks.partners import NO_TEXT, text_numbers

__all__ = ["negative_findings", "partner_findings"]

_PLACES = 20


def negative_findings(train: Split, data: Data) -> list[Finding]:
    """Training rows without a wrong partner, with one that is right after all, and wrong partners that are cut or left
    out."""
    texts, picks = train.encoded.negatives, train.encoded.picks
    if texts is None or picks is None:
        return []
    cut = np.append(texts.full_lengths > texts.lengths, False)[picks].any(axis=1)
    found = (
        _without(train, np.flatnonzero((picks < 0).all(axis=1))),
        _said_of(
            train,
            _right(train),
            "a text as wrong that is right",
            code="right_negative",
            severity="warning",
            harm="The same words (as this model reads them) are the partner of that first text, in this row or "
            "another, or the first text itself. In steps that show it they are left out; in others the model unlearns "
            "what it learned.",
            advice="Empty these cells, or leave the rows out.",
        ),
        _said_of(
            train,
            np.flatnonzero(cut),
            "a text as wrong that is longer than the limit; its end is lost",
            code="long_negative",
            severity="error" if data.on_long == "error" else "warning",
            harm="Where only the end was wrong, the model learns that a right beginning is.",
            advice="Raise data.max_length if the model has room, or shorten the texts.",
        ),
        _many(train, data.inputs) if isinstance(data.inputs, TextPairNegativeInput) else None,
    )
    return [one for one in found if one is not None]


def partner_findings(train: Split, task: Task) -> list[Finding]:
    """A task of pairs that belong together has nothing to learn where each text is right beside every other."""
    encoded = train.encoded
    if not task.contrasts or not len(train) or (encoded.negatives is not None and len(encoded.negatives)):
        return []
    alike = [np.unique(side).size == 1 for side in text_numbers(encoded).T]
    if not any(alike):
        return []
    same = f"All {len(train):,} training rows have the same {'first' if alike[0] else 'second'} text"
    return [
        Finding(
            code="one_partner",
            severity="error",
            title=same
            if len(train) > 1
            else "There is 1 training row, and none whose partner is wrong beside its text",
            count=len(train),
            harm="What is wrong beside a text is learned from the partners of other rows: here nothing is wrong, and "
            "nothing would be learned.",
            advice="Check that data.inputs names the right columns.",
        )
    ]


def _said_of(train: Split, where: NDArray[np.int64], what: str, *, among: str = "", **said: Any) -> Finding | None:
    """A finding about rows that name `what`, with its other fields as they are given; None where there are no such."""
    if not len(where):
        return None
    return Finding(
        title=f"{rows(len(where))}{among} {'names' if len(where) == 1 else 'name'} {what}",
        count=len(where),
        places=tuple(train.table.place(int(row)) for row in where[:_PLACES]),
        **said,
    )


def _without(train: Split, where: NDArray[np.int64]) -> Finding | None:
    """Rows that name no wrong partner; where all do, the column was not worth naming, or is another."""
    every = len(where) == len(train)
    return _said_of(
        train,
        where,
        "no text that is wrong",
        among=f" of {len(train):,} in training",
        code="no_negative",
        severity="warning" if every else "info",
        harm="They learn from the partners of other rows alone, as if the column were not there."
        if every
        else "They learn from the partners of other rows, and from the texts that other rows name.",
        advice="Check that data.inputs.negative names the right column, or leave it out."
        if every
        else "Nothing needs to be done.",
    )


def _right(train: Split) -> NDArray[np.int64]:
    """Rows that name a text as wrong which some row has as the partner of the same first text, or that text itself."""
    numbers = text_numbers(train.encoded)
    right = {(first, second) for first, second in numbers[:, :2].tolist()}
    where = [
        row
        for row, (first, _, *wrong) in enumerate(numbers.tolist())
        if any(number != NO_TEXT and (number == first or (first, number) in right) for number in wrong)
    ]
    return np.array(where, dtype=np.int64)


def _many(train: Split, inputs: TextPairNegativeInput) -> Finding | None:
    """Rows that list more wrong partners than are read."""
    most, columns = inputs.most_negatives, {name: train.table.columns[name] for name in inputs.columns}
    beyond = np.array([len(texts) - most for texts in inputs.listed(columns)], dtype=np.int64)
    lost, longest = int(beyond.clip(min=0).sum()), int(beyond.max(initial=0)) + most
    raised = f", or raise data.inputs.most_negatives to {min(longest, MOST_NEGATIVES)} (longest list: {longest:,})"
    split = f" Split lists of more than {MOST_NEGATIVES} over several rows with the same two texts."
    return _said_of(
        train,
        np.flatnonzero(beyond > 0),
        f"more than {most} texts as wrong; {lost:,} beyond the first {most} are not read",
        code="many_negatives",
        severity="warning",
        harm="All texts of a row must be in memory at once, so a long list decides what the whole training needs. What "
        "is left out teaches nothing.",
        advice=f"Put the most instructive first{raised if most < MOST_NEGATIVES else ''}; check then says what memory "
        f"it takes.{split if longest > MOST_NEGATIVES else ''}",
    )
