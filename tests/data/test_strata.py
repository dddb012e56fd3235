"""Strata: rows that are alike, for labels, sets of labels and numbers."""

from __future__ import annotations

import numpy as np

from tunewright.data.strata import labels_of_rows, strata_of


def test_one_label_a_row(made):
    """Strata are numbered by first appearance, so that the hash seed has no say."""
    table = made(label=["b", "a", "b", "c"])
    assert strata_of(table, "label", "label").tolist() == [0, 1, 0, 2]
    assert labels_of_rows(table, "label", "label") == [("b",), ("a",), ("b",), ("c",)]


def test_the_rarest_label_decides(made):
    """By the frequent label, the few rows of the rare one would fall where chance lets them."""
    table = made(tags=[("x", "rare"), ("x",), ("x", "y"), ("y",), (), ("x", "rare")])
    strata = strata_of(table, "tags", "labels").tolist()
    assert strata[0] == strata[5] and len({strata[0], strata[1], strata[2], strata[4]}) == 4
    assert strata[2] == strata[3]
    assert labels_of_rows(table, "tags", "labels")[4] == ()


def test_numbers_fall_into_quantiles(made):
    """High scores must not all fall into train."""
    table = made(score=[str(number) for number in range(100)])
    strata = strata_of(table, "score", "number")
    assert len(np.unique(strata)) == 10 and np.bincount(strata).tolist() == [10] * 10
    assert labels_of_rows(table, "score", "number") == [()] * 100


def test_few_or_equal_numbers(made):
    """Quantiles of six rows, or of one value, are no strata."""
    assert strata_of(made(score=["1", "2", "3"]), "score", "number").tolist() == [0, 0, 0]
    assert set(strata_of(made(score=["1"] * 50), "score", "number").tolist()) == {1}
