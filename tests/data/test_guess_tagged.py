"""Tables of tags and entities are known by what they hold, whatever their columns are called."""

from __future__ import annotations

import numpy as np
import pytest

from tunewright.data.guess import guess
from tunewright.data.guess_tagged import entities_over, tags_of
from tunewright.data.table import Table


def made(**columns) -> Table:
    rows = len(next(iter(columns.values())))
    return Table(columns, (), np.zeros(rows, dtype=np.int32), np.arange(1, rows + 1, dtype=np.int64))


WORDS = made(id=["1", "2"], w=[("a", "b"), ("c",)], pos=[("NN", "VB"), ("NN",)], ner=[("B-x", "O"), ("O",)])
TEXTS = made(
    title=["t", "u"],
    body=["Anna left", "Rome"],
    marks=[('{"start": 0, "end": 4, "label": "PER"}',), ('[0, 4, "LOC"]',)],
)


def test_words_and_their_tags() -> None:
    """Taken for several labels a row, every word would be one."""
    assert tags_of(WORDS) == ("w", "ner")
    found = guess(WORDS)
    assert (found.task, found.inputs, found.target) == ("tag", {"tokens": "w"}, "ner")
    assert tags_of(WORDS, tags="pos") is None
    assert tags_of(WORDS, tokens="pos") == ("pos", "ner")


def test_places_in_a_text() -> None:
    """The text is the one in which the places lie."""
    assert entities_over(TEXTS) == ("body", "marks")
    found = guess(TEXTS)
    assert (found.task, found.inputs, found.target) == ("tag", {"text": "body"}, "marks")
    assert entities_over(TEXTS, text="title") is None


@pytest.mark.parametrize(
    "table",
    [
        made(text=["a b", "c d"], labels=[("x", "y"), ("x",)]),
        made(text=["a b", "c d"], labels=["x|y", "x"]),
        made(text=["a b", "c d"], labels=[(), ()]),
        made(text=["a b", "c d"], words=[("a", "b"), ("c", "d")], labels=[("O", "O"), ("O", "O")]),
        made(text=["[1] a", "[2] b"], labels=["x", "y"]),
    ],
)
def test_other_tables_are_left_alone(table: Table) -> None:
    """A multilabel table taken for places in a text."""
    assert tags_of(table) is None
    assert entities_over(table) is None


def test_a_csv_file_may_spell_its_entities() -> None:
    """As pandas and spreadsheets write them."""
    table = made(text=["Anna left", "nothing"], spans=["[[0, 4, 'PER']]", "[]"])
    assert entities_over(table) == ("text", "spans")
