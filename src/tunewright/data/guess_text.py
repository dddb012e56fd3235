"""Recognises tables that hold texts to learn from, and nothing to predict."""

from __future__ import annotations

from tunewright.data.column_names import text_score
from tunewright.data.profile import profile_of
from tunewright.data.table import Table
from tunewright.errors import UserError

__all__ = ["is_running_text", "text_column"]


def is_running_text(table: Table) -> bool:
    """Whether it was read from files of running text."""
    return bool(table.files) and all(file.format == "txt" for file in table.files)


def text_column(table: Table, given: str | None) -> tuple[str, str]:
    """The column that holds the texts, and why it is that one: the longest, or the one that is called like a text.

    Raises:
        UserError: no column holds text.
    """
    if given is not None:
        return given, "given"
    profiles = [profile_of(name, cells) for name, cells in table.columns.items() if name != table.row_paths]
    texts = [one for one in profiles if one.numeric < 0.5 and one.width > 0]
    if not texts:
        raise UserError(f"{table.name}: no column holds text. Its columns: {', '.join(map(repr, table.columns))}.")
    best = max(texts, key=lambda one: (text_score(one.name), one.length))
    return best.name, f"is {best.length:.0f} characters long on average"
