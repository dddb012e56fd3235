"""Splits: they partition the rows, keep together what belongs together, and depend on the seed alone."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.data.split import bundles, draw, draw_limited

BUNDLES = st.lists(st.integers(0, 12), min_size=1, max_size=60)


def _alone(count: int) -> np.ndarray:
    return np.arange(count)


def test_bundles_join_through_both_keys():
    """Row 0 and 3 share nothing, but parting them parts one of the pairs between."""
    assert bundles(["a", "b", "a", "c"], [None, "p", "q", "q"]).tolist() == [0, 1, 0, 0]
    assert bundles(["a", "b"], [None, None]).tolist() == [0, 1]
    assert bundles([]).tolist() == []


@given(
    BUNDLES,
    st.floats(0.05, 0.45),
    st.floats(0.05, 0.45),
    st.integers(0, 5),
    st.integers(0, 2**31),
)
def test_splits_partition_the_rows_and_never_part_a_bundle(keys, test, validation, kinds, seed):
    """A row lost, doubled, or parted from its twin."""
    bundle = bundles(keys)
    strata = np.asarray([row % (kinds + 1) for row in range(len(keys))])
    labels = [(str(kind),) for kind in strata]
    splits = draw(strata, bundle, {"test": test, "validation": validation}, seed, labels)
    assert sorted(np.concatenate(list(splits.values())).tolist()) == list(range(len(keys)))
    homes = [{name for name, rows in splits.items() if set(bundle[rows]) & {number}} for number in set(bundle.tolist())]
    assert all(len(home) == 1 for home in homes)
    assert {labels[row] for row in splits["train"]} == set(labels)
    again = draw(strata, bundle, {"test": test, "validation": validation}, seed, labels)
    assert all(np.array_equal(splits[name], again[name]) for name in splits)
    assert all(rows.tolist() == sorted(rows.tolist()) for rows in splits.values())


def test_shares_are_met_in_every_stratum():
    """A draw without strata gives the rare class by chance: here none in 5% of draws."""
    strata = np.repeat([0, 1, 2], [800, 150, 50])
    splits = draw(strata, _alone(1000), {"test": 0.2, "validation": 0.1}, 3)
    assert {name: len(rows) for name, rows in splits.items()} == {"train": 700, "test": 200, "validation": 100}
    assert np.bincount(strata[splits["test"]]).tolist() == [160, 30, 10]
    assert np.bincount(strata[splits["validation"]]).tolist() == [80, 15, 5]


def test_many_small_strata_sum_to_the_share():
    """Rounding each of 77 classes by itself can miss the share by many rows."""
    strata = np.arange(770) % 77
    splits = draw(strata, _alone(770), {"test": 0.13}, 0)
    assert len(splits["test"]) == 100


def test_the_seed_and_only_the_seed():
    """Two seeds give two draws; the test rows are the same whether or not validation is drawn, too."""
    strata = np.arange(400) % 4
    first = draw(strata, _alone(400), {"test": 0.2}, 1)["test"]
    assert not np.array_equal(first, draw(strata, _alone(400), {"test": 0.2}, 2)["test"])
    assert np.array_equal(first, draw(strata, _alone(400), {"test": 0.2, "validation": 0.1}, 1)["test"])


def test_the_draw_is_this_one():
    """Another numpy or another machine must not give other splits without anyone noticing."""
    splits = draw(np.arange(20) % 2, _alone(20), {"test": 0.2, "validation": 0.1}, 0)
    code = (
        "import numpy as np; from tunewright.data.split import draw\n"
        "s = draw(np.arange(20) % 2, np.arange(20), {'test': 0.2, 'validation': 0.1}, 0)\n"
        "print(s['test'].tolist(), s['validation'].tolist())"
    )
    other = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        check=True,
    )
    assert other.stdout.strip() == f"{splits['test'].tolist()} {splits['validation'].tolist()}"


def test_a_class_of_one_row_stays_in_train():
    """A class that train lacks cannot be learned, only be wrong."""
    strata = np.asarray([0] * 18 + [1, 2])
    for seed in range(20):
        splits = draw(strata, _alone(20), {"test": 0.3, "validation": 0.3}, seed, [(str(kind),) for kind in strata])
        assert set(strata[splits["train"]]) == {0, 1, 2}


def test_labels_that_would_be_missing_are_given_back():
    """With several labels a row, strata alone cannot promise every label to train."""
    labels = [("a", str(row)) if row < 5 else ("a",) for row in range(40)]
    strata = np.zeros(40, dtype=np.int64)
    splits = draw(strata, _alone(40), {"test": 0.5}, 0, labels)
    assert {name for row in splits["train"] for name in labels[row]} == {"a", "0", "1", "2", "3", "4"}
    assert 15 <= len(splits["test"]) <= 20


def test_big_groups_come_near_the_share():
    """Five patients of 100 rows: a fifth of the rows is one patient, though no stratum has room for one."""
    bundle = np.repeat(np.arange(5), 100)
    strata = np.asarray([0, 0, 1, 1, 1])[bundle]
    splits = draw(strata, bundle, {"test": 0.2}, 0)
    assert len(splits["test"]) == 100 and len(splits["train"]) == 400


def test_one_group_cannot_be_parted():
    """Everything in one bundle: train keeps it and nothing crashes."""
    splits = draw(np.zeros(10, np.int64), np.zeros(10, np.int64), {"test": 0.5}, 0)
    assert len(splits["train"]) == 10 and len(splits["test"]) == 0


def test_a_small_file_gives_at_least_a_row():
    """10% of six rows is no row, and nothing to choose the best epoch by."""
    assert len(draw(np.zeros(6, np.int64), _alone(6), {"validation": 0.1}, 0)["validation"]) == 1


def test_it_is_fast():
    """banking77 in well under a second, and not by luck."""
    strata = np.arange(13_000) % 77
    started = time.process_time()
    draw(strata, _alone(13_000), {"test": 0.2, "validation": 0.1}, 0, [(str(kind),) for kind in strata])
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize("limit", [1, 2, 5, 30, 99, 100, 1000])
def test_the_limit_is_kept(limit):
    """`limit` rows, not one more, and every class while there is room for it."""
    strata = np.asarray([0] * 90 + [1] * 9 + [2])
    rows = draw_limited(strata, limit, 0)
    assert len(rows) == min(limit, 100) and len(set(rows.tolist())) == len(rows)
    assert rows.tolist() == sorted(rows.tolist())
    if limit >= 3:
        assert set(strata[rows]) == {0, 1, 2}
    assert np.array_equal(rows, draw_limited(strata, limit, 0))


def test_the_limit_draws_by_share():
    """A limited run on 900 and 100 rows should look like the whole."""
    strata = np.repeat([0, 1], [900, 100])
    counts = np.bincount(strata[draw_limited(strata, 100, 4)])
    assert abs(counts[0] - 90) <= 1 and counts.sum() == 100
