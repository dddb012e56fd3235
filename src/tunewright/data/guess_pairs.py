"""Recognises tables of two texts that are compared: with a number that says how alike, with a text that is wrong, or
with nothing beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tunewright.data.column_names import target_score
from tunewright.data.profile import ColumnProfile, profile_of, words_of_name
from tunewright.data.table import Cell, Table, is_empty
from tunewright.data.targets import parse_number

__all__ = ["Compared", "compared"]

_SAMPLE = 300
_LEAST_WIDTH = 8.0  # mean width of a text worth comparing
_HIGHEST = 5.0  # of the scales in use: 0 to 1, 0 to 5, 1 to 5
_ANCHORS = ("anchor", "query", "question", "sent 0", "sent0", "text", "sentence", "查询", "问题", "câu hỏi")
_RIGHT = ("positive", "pos", "positive passage", "positive text", "sent 1", "sent1", "正例")
_WRONG = (
    "negative", "hard negative", "neg", "hard neg", "negatives", "hard negatives", "negative passage", "negative text",
    "负例", "难负例",
)  # fmt: skip
_LIKENESS = frozenset(("similarity", "score", "relatedness", "gold", "相似度", "điểm", "diem"))


@dataclass(frozen=True, slots=True)
class Compared:
    """Two columns of texts, and the one that says how alike they are; empty where none does.

    Attributes:
        negative: a column of texts that do not belong to the first one's; empty where there is none.
    """

    first: str
    second: str
    target: str
    why_pair: str
    why_target: str
    negative: str = ""


def compared(table: Table, target: str | None = None) -> Compared | None:
    """The columns of a table of compared texts; None for any other table.

    Args:
        table: what was read.
        target: the column to be predicted, where the user has named it.
    """
    contrasted = _contrasted(table) if target is None else None
    if contrasted is not None:
        return contrasted
    columns = [profile_of(name, cells) for name, cells in table.columns.items() if name != table.row_paths]
    texts = [column for column in columns if _is_text(column) and column.name != target]
    if len(texts) != 2:
        return None
    first, second = texts
    others = [column for column in columns if column not in texts and column.distinct > 1]
    overlap = _overlap(table.columns[first.name], table.columns[second.name])
    if overlap is not None and 0.5 < first.width / second.width < 2:
        numbers = [c for c in others if target in (None, c.name) and _says_how_alike(c, table.columns[c.name])]
        if len(numbers) == 1:
            say = f"the texts of a row have {overlap[0]:.0%} in common, and those of different rows {overlap[1]:.0%}"
            scale = f"holds numbers from 0 to {_HIGHEST:g} beside two texts"
            return Compared(first.name, second.name, numbers[0].name, say, scale)
    if target is None and all(column.is_id for column in others) and min(first.variety, second.variety) > 0.5:
        why = "the only columns, both of texts that differ from row to row: what stands in a row belongs together"
        return Compared(first.name, second.name, "", why, "")
    return None


def _contrasted(table: Table) -> Compared | None:
    """A text, one that belongs to it and one that does not, by their names: nothing in the texts tells them apart."""
    named = {" ".join(words_of_name(name)): name for name in table.columns}
    found = [next((named[name] for name in names if name in named), None) for names in (_ANCHORS, _RIGHT, _WRONG)]
    if None in found:
        return None
    first, second, wrong = map(str, found)
    if any(isinstance(cell, tuple) for name in (first, second) for cell in table.columns[name][:_SAMPLE]):
        return None  # several partners in one cell would be read as one text
    why = f"named as texts that belong together, beside {wrong!r}, those that do not"
    return Compared(first, second, "", why, "", wrong)


def _is_text(column: ColumnProfile) -> bool:
    if column.numeric > 0.5 or column.lists or column.is_id or column.width < _LEAST_WIDTH:
        return False
    return column.variety > 0.3 and column.filled > 0.9 and target_score(column.name) == 0


def _says_how_alike(column: ColumnProfile, cells: Sequence[Cell]) -> bool:
    if column.numeric < 1 or column.filled < 0.9 or column.distinct < 3 or column.is_id:
        return False
    found = [parse_number(cell) for cell in cells[:: max(1, len(cells) // _SAMPLE)] if not is_empty(cell)]
    if min(found) < 0 or max(found) > _HIGHEST:
        return False
    return column.fractions > 0.05 or bool(_LIKENESS & set(words_of_name(column.name)))


def _overlap(first: Sequence[Cell], second: Sequence[Cell]) -> tuple[float, float] | None:
    """What the texts of a row have in common, and those of neighbouring rows; None unless it is clearly more."""
    step = max(1, len(first) // _SAMPLE)
    ours, theirs = ([_pieces(str(cell or "")) for cell in cells[::step]] for cells in (first, second))
    own = sum(map(_shared, ours, theirs)) / max(1, len(ours))
    other = sum(map(_shared, ours, theirs[1:] + theirs[:1])) / max(1, len(ours))
    return (own, other) if own > 0.1 + 1.5 * other else None


def _pieces(text: str) -> set[str]:
    """Pairs of neighbouring characters: words or not, in any script."""
    folded = text.casefold()
    return {folded[place : place + 2] for place in range(len(folded) - 1)}


def _shared(a: set[str], b: set[str]) -> float:
    return len(a & b) / max(1, len(a | b))
