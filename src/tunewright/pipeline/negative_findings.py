"""What the audit says about texts that training rows name as wrong partners."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunewright.data.findings import rows
from tunewright.evaluation import Split
from tunewright.records import Finding
from tunewright.tasks.partners import NO_TEXT, text_numbers

__all__ = ["negative_findings"]

_PLACES = 20


def negative_findings(train: Split, on_long: str) -> list[Finding]:
    """Training rows without a wrong partner, with one that is right after all, and wrong partners that are cut."""
    texts, picks = train.encoded.negatives, train.encoded.picks
    if texts is None or picks is None:
        return []
    cut = np.append(texts.full_lengths > texts.lengths, False)[picks].any(axis=1)
    found = (
        _said_of(
            train,
            np.flatnonzero((picks < 0).all(axis=1)),
            "no text that is wrong",
            among=f" of {len(train):,} in training",
            code="no_negative",
            severity="info",
            harm="They learn from the partners of other rows, and from the texts that other rows name.",
            advice="Nothing needs to be done.",
        ),
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
            severity="error" if on_long == "error" else "warning",
            harm="Where only the end was wrong, the model learns that a right beginning is.",
            advice="Raise data.max_length if the model has room, or shorten the texts.",
        ),
    )
    return [one for one in found if one is not None]


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
