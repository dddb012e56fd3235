"""Arrow columns as cells: the obvious text, and no null made or lost."""

from __future__ import annotations

import datetime
import decimal

import numpy as np
import pyarrow as pa
import pytest

from tunewright.data.arrow import cells_of, columns_of


@pytest.mark.parametrize(
    ("array", "cells"),
    [
        (pa.array(["NA", "007", " x ", "", None]), ["NA", "007", " x ", "", None]),
        (pa.array(["a", None], pa.large_string()), ["a", None]),
        (pa.array([7, None, 2**62]), ["7", None, str(2**62)]),
        (pa.array([True, False, None]), ["true", "false", None]),
        (pa.array([1.0, 0.1, float("nan"), None]), ["1.0", "0.1", None, None]),
        (pa.array(np.array([0.1, 2.5], dtype=np.float32)), ["0.1", "2.5"]),
        (pa.array(np.array([0.1, np.nan], dtype=np.float16)), ["0.1", None]),
        (pa.array(["a", "b", "a"]).dictionary_encode(), ["a", "b", "a"]),
        (pa.array([["a", None], [], None]), [("a", ""), (), None]),
        (pa.array([[1, 2], [float("nan")]]), [("1.0", "2.0"), ("",)]),
        (pa.array([b"caf\xc3\xa9", b"\xff"]), ["café", "\udcff"]),
        (pa.array([decimal.Decimal("1.50")]), ["1.50"]),
        (pa.array([datetime.date(2020, 1, 2)]), ["2020-01-02"]),
        (pa.array([datetime.datetime(2020, 1, 2, 3)]), ["2020-01-02T03:00:00"]),
        (pa.array([None, None]), [None, None]),
    ],
)
def test_cells(array, cells):
    """A float NaN is how pandas writes a missing label; as text it would be the class `nan`."""
    assert cells_of(pa.chunked_array([array])) == cells


def test_structs_get_dotted_names():
    """Nested fields must be nameable in a recipe."""
    table = pa.table({"a": [{"b": {"c": 1}, "d": "x"}], "e": ["y"]})
    assert columns_of(table) == {"a.b.c": ["1"], "a.d": ["x"], "e": ["y"]}
