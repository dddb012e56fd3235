from __future__ import annotations

import itertools
import time
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tunewright.evaluation import latency
from tunewright.evaluation.latency import Latency, timed
from tunewright.inputs.text_pair_negative import TextPairNegativeInput


def test_points_agree_with_themselves(subject, monkeypatch) -> None:
    """Quantiles out of order, or a rate of another batch size, would pass unnoticed in a table."""
    found = Latency(batch_sizes=(4, 1, 4), calls=6, seconds=5).measure(subject)
    assert [point.batch_size for point in found.points] == [1, 4]
    for point in found.points:
        assert 0 < point.p50 <= point.p95 <= point.p99
        assert point.calls == 6
        assert point.batch_size / point.p99 < point.rows_per_second < 20 * point.batch_size / point.p50
    assert found.best_rows_per_second == max(point.rows_per_second for point in found.points)
    assert found.precision == "fp32" and found.machine.threads >= 1


def test_a_call_is_what_prediction_does(subject) -> None:
    """Leaving tokenisation or the last step out makes a figure that no caller will ever see."""
    rows = np.array([3, 0])
    scores = latency._call(subject, rows)
    texts = [subject.test.table.columns["text"][row] for row in rows]
    alone = subject.model(**subject.tokenizer(texts, padding=True, return_tensors="pt")).logits.softmax(-1)
    np.testing.assert_allclose(scores, alone.detach().numpy(), atol=1e-5)


def test_texts_that_are_wrong_are_no_part_of_a_call() -> None:
    """Danger: a model that is given pairs is timed reading three texts."""
    columns = {"t": ["a", "b"], "p": ["c", "d"], "n": ["e", "f"]}
    subject: Any = SimpleNamespace(
        inputs=TextPairNegativeInput(text="t", pair="p", negative="n"),
        measured=SimpleNamespace(table=SimpleNamespace(columns=columns)),
        encode=lambda cells: cells,
        answers=lambda cells: cells,
    )
    assert latency._call(subject, np.array([1])) == {"t": ["b"], "p": ["d"]}


def test_every_row_has_its_turn() -> None:
    """Rows in the file's order may be sorted by length: the first hundred are no sample of the rest."""
    batches = list(itertools.islice(latency._batches(10, 4, seed=0), 5))
    assert [len(batch) for batch in batches] == [4] * 5
    flat = np.concatenate(batches)
    assert sorted(flat[:10]) == list(range(10)) == sorted(flat[10:])
    assert list(flat[:10]) != list(range(10))
    assert len(next(latency._batches(3, 8, seed=0))) == 8


def test_time_is_bounded_and_the_warm_up_is_not_counted() -> None:
    """First calls compile and allocate; counted in, they are the 99th percentile. Nobody waits for 60 slow ones."""
    made = []

    def call(rows) -> None:
        made.append(rows)
        time.sleep(0.2 if len(made) == 1 else 0.02)

    taken = timed(call, itertools.count(), calls=60, seconds=0.1)
    assert taken.max() < 0.15 and 2 <= len(taken) <= 6
    assert len(made) == len(taken) + 1, "a fifth of the time was spent by the first call"
    made.clear()
    assert len(timed(lambda rows: made.append(rows), itertools.count(), calls=4, seconds=10)) == 4
    assert made == list(range(9)), "five calls of warm-up, then four"


def test_slow_calls_are_made_twice() -> None:
    """One call has no spread."""
    assert len(timed(lambda rows: time.sleep(0.03), itertools.count(), calls=60, seconds=0.01)) == 2


@pytest.mark.parametrize("wrong", [{"batch_sizes": ()}, {"calls": 1}, {"seconds": 0}])
def test_refuses_wrong_knobs(wrong) -> None:
    """A measurement of nothing has no quantiles."""
    with pytest.raises(ValueError, match="validation error"):
        Latency(**wrong)
