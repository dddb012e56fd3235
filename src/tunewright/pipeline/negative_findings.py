"""What the audit says about the partners of texts: those that are named as wrong, and those that never are."""

from __future__ import annotations

import numpy as np

from tunewright.data.findings import rows
from tunewright.evaluation import Split
from tunewright.inputs.text_pair_negative import TextPairNegativeInput
from tunewright.recipe import Data
from tunewright.records import Finding, Place
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
    there = picks >= 0
    found = [_without(train, np.flatnonzero(~there.any(axis=1))), _right(train)]
    cut = np.append(texts.full_lengths > texts.lengths, False)[picks].any(axis=1)
    found.append(_cut(train, np.flatnonzero(cut), data.on_long))
    if isinstance(data.inputs, TextPairNegativeInput):
        found.append(_many(train, data.inputs))
    return [one for one in found if one is not None]


def partner_findings(train: Split, task: Task) -> list[Finding]:
    """A task of pairs that belong together has nothing to learn where each text is right beside every other."""
    encoded = train.encoded
    if not task.contrasts or not len(train) or (encoded.negatives is not None and len(encoded.negatives)):
        return []
    alike = [np.unique(side).size == 1 for side in text_numbers(encoded).T]
    if not any(alike):
        return []
    return [
        Finding(
            code="one_partner",
            severity="error",
            title=f"All {len(train):,} training rows have the same {'first' if alike[0] else 'second'} text",
            count=len(train),
            harm="What is wrong beside a text is learned from the partners of other rows: here nothing is wrong, and "
            "nothing would be learned.",
            advice="Check that data.inputs names the right columns.",
        )
    ]


def _without(train: Split, where: np.ndarray) -> Finding | None:
    if not len(where):
        return None
    if len(where) == len(train):
        return Finding(
            code="no_negative",
            severity="warning",
            title="No row of training names a text that is wrong",
            count=len(where),
            places=_places(train, where),
            harm="They learn from the partners of other rows alone, as if the column were not there.",
            advice="Check that data.inputs.negative names the right column, or leave it out.",
        )
    return Finding(
        code="no_negative",
        severity="info",
        title=f"{rows(len(where))} of {len(train):,} in training {'names' if len(where) == 1 else 'name'} no text "
        "that is wrong",
        count=len(where),
        places=_places(train, where),
        harm="They learn from the partners of other rows, and from the texts that other rows name.",
        advice="Nothing needs to be done.",
    )


def _right(train: Split) -> Finding | None:
    """Rows that name a text as wrong which some row has as the partner of the same first text, or that text itself."""
    numbers = text_numbers(train.encoded)
    right = {(first, second) for first, second in numbers[:, :2].tolist()}
    where = [
        row
        for row, (first, _, *wrong) in enumerate(numbers.tolist())
        if any(number != NO_TEXT and (number == first or (first, number) in right) for number in wrong)
    ]
    if not where:
        return None
    return Finding(
        code="right_negative",
        severity="warning",
        title=f"{rows(len(where))} {'names' if len(where) == 1 else 'name'} a text as wrong that is right",
        count=len(where),
        places=_places(train, np.array(where)),
        harm="The same words (as this model reads them) are the partner of that first text, in this row or another, or "
        "the first text itself. In steps that show it they are left out; in others the model unlearns what it learned.",
        advice="Empty these cells, or leave the rows out.",
    )


def _cut(train: Split, where: np.ndarray, on_long: str) -> Finding | None:
    if not len(where):
        return None
    return Finding(
        code="long_negative",
        severity="error" if on_long == "error" else "warning",
        title=f"{rows(len(where))} {'names' if len(where) == 1 else 'name'} a text as wrong that is longer than the "
        "limit; its end is lost",
        count=len(where),
        places=_places(train, where),
        harm="Where only the end was wrong, the model learns that a right beginning is.",
        advice="Raise data.max_length if the model has room, or shorten the texts.",
    )


def _many(train: Split, inputs: TextPairNegativeInput) -> Finding | None:
    """Rows that list more wrong partners than are read."""
    columns = {name: train.table.columns[name] for name in inputs.columns}
    beyond = np.array([len(texts) - inputs.most_negatives for texts in inputs.listed(columns)])
    where = np.flatnonzero(beyond > 0)
    if not len(where):
        return None
    named = "names" if len(where) == 1 else "name"
    return Finding(
        code="many_negatives",
        severity="warning",
        title=f"{rows(len(where))} {named} more than {inputs.most_negatives} texts as wrong; "
        f"{int(beyond[where].sum()):,} beyond the first {inputs.most_negatives} are not read",
        count=len(where),
        places=_places(train, where),
        harm="All texts of a row must be in memory at once, so a long list decides what the whole training needs. What "
        "is left out teaches nothing.",
        advice=f"Put the most instructive first, or raise data.inputs.most_negatives (longest list: "
        f"{int(beyond.max()) + inputs.most_negatives:,}); check then says what memory it takes.",
    )


def _places(train: Split, where: np.ndarray) -> tuple[Place, ...]:
    return tuple(train.table.place(int(row)) for row in where[:_PLACES])
