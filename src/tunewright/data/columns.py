"""Checks that every table has the columns that the recipe names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tunewright.data.table import Table
from tunewright.errors import DataError, Problem

__all__ = ["check_columns"]


def check_columns(tables: Mapping[str, Table], inputs: Sequence[str], target: str, group: str | None) -> None:
    """All that is wrong with the columns, at once.

    Raises:
        DataError: a column is missing in a file, or the target is also an input.
    """
    if target in inputs:
        raise DataError(
            "The target is also an input.",
            [Problem("data.inputs", f"reads the column {target!r}, which is data.target")],
            "The model would read off the answer, look perfect, and know nothing. Take it out of data.inputs.",
        )
    wanted = [(name, "data.inputs") for name in dict.fromkeys(inputs)] + ([(target, "data.target")] if target else [])
    if group is not None:
        wanted.append((group, "data.group"))
    problems = [
        table.missing(name, field) for table in tables.values() for name, field in wanted if name not in table.columns
    ]
    if problems:
        raise DataError("The data lacks columns that the recipe names.", problems)
