"""Recognises tables of tagged words, and of texts with entities laid over them."""

from __future__ import annotations

from collections.abc import Sequence

from tunewright.data.column_names import text_score
from tunewright.data.entities import read_entities
from tunewright.data.table import Cell, Table
from tunewright.data.tag_schemes import is_tag

__all__ = ["entities_over", "tags_of"]

_SAMPLE = 200
_MOSTLY = 0.9


def tags_of(table: Table, tokens: str | None = None, tags: str | None = None) -> tuple[str, str] | None:
    """The columns of words and of their tags, lists of equal length; None where there are none.

    Args:
        table: what was read.
        tokens, tags: columns that the user has named.
    """
    lists = {name: cells[:_SAMPLE] for name, cells in table.columns.items() if _all_lists(cells[:_SAMPLE])}
    for target in [tags] if tags else reversed(lists):
        if target not in lists or not _hold_tags(lists[target]):
            continue
        for words in [tokens] if tokens else lists:
            if words in lists and words != target and _as_long(lists[words], lists[target]):
                return words, target
    return None


def entities_over(table: Table, text: str | None = None, target: str | None = None) -> tuple[str, str] | None:
    """The columns of a text and of the entities in it, by places; None where there are none."""
    texts = [text] if text else sorted(table.columns, key=text_score, reverse=True)
    for laid in [target] if target else table.columns:
        cells = table.columns[laid][:_SAMPLE]
        if not any(isinstance(cell, tuple) and cell for cell in cells) and not _spelled(cells):
            continue
        for read in texts:
            if read != laid and _fit(table.columns[read], cells):
                return read, laid
    return None


def _all_lists(cells: Sequence[Cell]) -> bool:
    return any(cells) and all(isinstance(cell, tuple) for cell in cells if cell is not None)


def _hold_tags(cells: Sequence[Cell]) -> bool:
    tags = [tag for cell in cells for tag in cell or ()]
    return sum(map(is_tag, tags)) >= _MOSTLY * len(tags) and any(tag != "O" for tag in tags)


def _as_long(words: Sequence[Cell], tags: Sequence[Cell]) -> bool:
    even = sum(len(a or ()) == len(b or ()) for a, b in zip(words, tags, strict=True))
    return even >= _MOSTLY * len(tags)


def _spelled(cells: Sequence[Cell]) -> bool:
    """Whether texts spell lists of entities, as in a csv file."""
    filled = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
    return bool(filled) and all(cell.strip().startswith("[") for cell in filled) and any(len(c) > 8 for c in filled)


def _fit(texts: Sequence[Cell], cells: Sequence[Cell]) -> bool:
    """Whether most cells hold entities that lie inside these texts, and any does."""
    right = found = 0
    for text, cell in zip(texts, cells, strict=False):
        if not isinstance(text, str):
            continue
        try:
            found += len(read_entities(cell, text)) if cell is not None else 0
            right += 1
        except ValueError:
            pass
    return found > 0 and right >= _MOSTLY * len(cells)
