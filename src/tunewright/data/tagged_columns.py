"""Brings the columns of a tagged table into one form: tokens as lists, entities as places over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tunewright.data.entities import as_tokens, read_entities, written
from tunewright.data.findings import finding
from tunewright.data.table import Cell, Table, is_empty, shown
from tunewright.data.tag_schemes import Scheme, Survey, entities, survey
from tunewright.errors import DataError, Problem
from tunewright.records import Finding, Place

__all__ = ["TOKENS", "as_list", "entity_cell", "read_scheme", "scheme_findings"]

TOKENS = "tokens"
"""The role of an input that holds words; any other role holds text."""


def as_list(cell: Cell) -> Cell:
    """A cell of tokens as a list; an empty one stays."""
    return cell if is_empty(cell) else as_tokens(cell)


def read_scheme(tables: Mapping[str, Table], inputs: Mapping[str, str], target: str) -> Survey | None:
    """The scheme of the tags in all files together; None where entities are given as places in the text.

    Raises:
        DataError: the tags are of no scheme, or of several.
    """
    if TOKENS not in inputs:
        return None
    rows = [as_tokens(cell) for table in tables.values() for cell in table.column(target)]
    found = survey(rows)
    if found.scheme is not None:
        return found
    strange = {tag for tag, _ in found.strange}
    problems: list[Problem] = []
    for table in tables.values():
        for row, cell in enumerate(table.column(target)):
            wrong = [tag for tag in as_tokens(cell) if tag in strange]
            if wrong and len(problems) < 10:
                problems.append(Problem(str(table.place(row)), f"holds {', '.join(map(repr, wrong[:3]))}"))
    name = ", ".join(dict.fromkeys(table.name for table in tables.values()))
    head = Problem(f"data.target={target}", f"in {name}: its cells {found.problem}", found.hint)
    raise DataError("The tags cannot be read.", [head, *problems])


def entity_cell(cell: Cell, read: Cell, scheme: Scheme | None) -> tuple[str, ...]:
    """The entities of a row.

    Args:
        cell: the target.
        read: what the input reads of the row: tokens where there is a scheme, else text.
        scheme: of the tags.

    Raises:
        ValueError: one sentence that says what is wrong, without the row's text.
    """
    if scheme is None:
        text = " ".join(read) if isinstance(read, tuple) else read or ""
        return written(read_entities(cell, text))
    tokens, tags = as_tokens(read), as_tokens(cell)
    if len(tokens) != len(tags):
        raise ValueError(f"has {len(tokens)} tokens and {len(tags)} tags")
    empty = next((position for position, token in enumerate(tokens, start=1) if not token), None)
    if empty is not None:
        raise ValueError(f"has an empty token, number {empty}")
    return written(entities(tags, scheme))


def scheme_findings(found: Survey | None, tables: Mapping[str, Table], columns: Sequence[str]) -> list[Finding]:
    """Which scheme was read: never silently."""
    if found is None:
        return []
    files = dict.fromkeys(file.path for table in tables.values() for file in table.files)
    note = f"tags of {', '.join(columns)} read as {found.scheme}"
    places = [Place(file=shown(path), line=1, note=note) for path in files]
    title = f"The tags are in the scheme {found.scheme}" + ("" if found.scheme == "BIO" else ", and learned as BIO")
    return [finding("tag_scheme", "info", places).model_copy(update={"title": title})]
