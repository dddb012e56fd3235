"""What is taken for what."""

from __future__ import annotations

import re

import numpy as np

from tunewright.records import Confusion, write_record
from tunewright.report.evidence import gather
from tunewright.report.sections.confusion import confusion


def with_counts(folder, counts, name="c"):
    labels = tuple(f"{name}{i}" for i in range(len(counts)))
    made = Confusion(labels=labels, counts=tuple(tuple(int(c) for c in row) for row in counts))
    write_record(folder.evaluation("quality"), gather(folder).quality.model_copy(update={"confusion": made}))
    return gather(folder)


def test_few_classes_have_numbers(factory):
    """Up to 20 classes every count can be read."""
    body = confusion(with_counts(factory.run(), [[3, 1], [0, 4]])).body
    assert "7 of 8 rows are right." in body
    assert "c0 taken for c1: 1 (25.0%)" in body


def test_columns_are_named_where_the_names_fit(factory):
    """With numbers a reader of three classes looks up each of them; with long names side by side none can be read."""
    body = confusion(with_counts(factory.run(), [[3, 1], [0, 4]])).body
    assert body.count(">c1</text>") == 2 and "by its number" not in body and 'number"' not in body
    body = confusion(with_counts(factory.run(), np.diag(np.full(20, 10)), name="class ")).body
    assert body.count(">class 1</text>") == 1 and "by its number" in body and 'number"' in body


def test_many_classes_list_their_worst_pairs(factory):
    """In a picture of 77 by 77 nobody finds the pair that matters."""
    counts = np.diag(np.full(30, 10))
    counts[4, 7], counts[7, 4], counts[2, 9] = 6, 5, 1
    body = confusion(with_counts(factory.run(), counts)).body
    cells = re.findall(
        r'<tr><th scope="row"><bdi>(.*?)</bdi></th><td><bdi>(.*?)</bdi></td><td class="num">(.*?)</td>', body
    )
    assert cells == [("c4", "c7", "6"), ("c7", "c4", "5"), ("c2", "c9", "1")]
    assert "37.5%" in body  # 6 of the 16 rows of c4
    assert "<path" in body


def test_no_mistakes_no_table(factory):
    """An empty table looks like something that failed to load."""
    body = confusion(with_counts(factory.run(), np.diag(np.full(30, 10)))).body
    assert "<table" not in body


def test_numbers_get_a_scatter(factory):
    """Numbers have no classes to confuse."""
    section = confusion(gather(factory.run(task="regress")))
    assert section.title == "Predictions against the truth"
    assert section.body.count("<circle") == 400


def test_nothing_measured(factory):
    """Multilabel has neither."""
    assert confusion(gather(factory.run(task="multilabel"))).body is None
