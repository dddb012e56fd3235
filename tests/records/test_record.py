"""What every record is."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tunewright.records import Metric, Record


class Sample(Record):
    """For tests."""

    name: str
    values: tuple[float, ...] = ()
    inner: Metric | None = None
    table: dict[str, int] = {}  # noqa: RUF012


@given(st.text(), st.lists(st.floats(allow_nan=False)), st.dictionaries(st.text(), st.integers()))
def test_it_goes_to_json_and_comes_back_equal(name, values, table):
    """A report drawn tomorrow must show today's figures, to the last bit."""
    try:
        name.encode()
        "".join(table).encode()
    except UnicodeEncodeError:
        return
    record = Sample(name=name, values=tuple(values), table=table)
    assert Sample.model_validate(json.loads(record.model_dump_json())) == record


def test_nan_comes_back_as_nan():
    """Null, or 0, would be a figure that nobody measured."""
    record = Sample(name="x", values=(math.nan, math.inf, -math.inf))
    values = Sample.model_validate(json.loads(record.model_dump_json())).values
    assert math.isnan(values[0])
    assert values[1:] == (math.inf, -math.inf)


def test_fields_of_a_newer_version_are_let_pass():
    """An older tunewright must open a newer run."""
    assert Sample.model_validate({"name": "x", "added_later": 5}) == Sample(name="x")


def test_a_record_cannot_be_changed():
    """It says what was measured."""
    with pytest.raises(ValidationError, match="frozen"):
        Sample(name="x").name = "y"
