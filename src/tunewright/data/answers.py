"""Answers in a target cell: as they are written in files, and the one form in which they go on.

The form that goes on is a tuple of texts: the context, and then `start:text` for each right answer, `start` in
characters of the context. A context alone says that the question has no answer in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tunewright.cells.spelled import spelled
from tunewright.data.table import Cell, Table, is_empty
from tunewright.errors import Problem, RecipeError

__all__ = ["CONTEXT", "Beside", "Gold", "answer_cell", "answers_of", "beside", "context_column", "says_nothing"]

CONTEXT = "context"
"""The role of the text that holds the answers."""

Gold = tuple[int, str]
"""First character and text of a right answer."""

_STARTS = ("answer_start", "answer_starts", "answers.answer_start", "start", "starts", "start_char")
_NONE = ("is_impossible", "impossible", "no_answer", "unanswerable")
_TRUE, _FALSE = ("true", "1", "yes"), ("false", "0", "no", "")
_SHAPE = 'Answers are texts with their places: {"text": "308", "answer_start": 34}'


def answers_of(cell: Cell) -> tuple[str, list[Gold]]:
    """Context and answers of a cell in the form that goes on."""
    assert isinstance(cell, tuple)
    found = []
    for item in cell[1:]:
        start, _, text = item.partition(":")
        found.append((int(start), text))
    return cell[0], found


def context_column(inputs: Mapping[str, str]) -> str:
    """The column of the text that answers are places of.

    Raises:
        RecipeError: the input has no such column.
    """
    if CONTEXT not in inputs:
        hint = "Write {question: COLUMN, context: COLUMN}."
        what = f"reads {', '.join(inputs)}, and answers are places in a context"
        raise RecipeError("The recipe cannot be used.", [Problem("data.inputs", what, hint)])
    return inputs[CONTEXT]


@dataclass(frozen=True, eq=False)
class Beside:
    """Columns beside the target that say more about answers; None where there are none.

    Attributes:
        starts: where answers begin, for a target that holds their texts alone.
        none: whether there is no answer.
    """

    starts: Sequence[Cell] | None
    none: Sequence[Cell] | None


def beside(table: Table, target: str) -> Beside:
    """The columns that go with a target, by their names: `answers.text` with `answers.answer_start`, `answer` with
    `answer_start`, anything with `is_impossible`."""
    stem = target.removesuffix("text").rstrip("._")
    named = (f"{stem}.answer_start", f"{stem}_start", f"{stem}.start", *_STARTS)
    starts = next((name for name in named if name in table.columns and name != target), None)
    none = next((name for name in _NONE if name in table.columns and name != target), None)
    return Beside(table.columns[starts] if starts else None, table.columns[none] if none else None)


def answer_cell(cell: Cell, context: Cell, starts: Cell = None, none: Cell = None) -> tuple[str, ...]:
    """The cell that goes on.

    Args:
        cell: the target: a text, a list of texts, SQuAD's objects, or JSON that spells one of these.
        context: what the answers are places of.
        starts: the first character of each, where the target does not say it.
        none: whether there is no answer; empty where nothing says so.

    Raises:
        ValueError: one sentence that says what is wrong, without the row's text.
    """
    text = context if isinstance(context, str) else " ".join(context or ())
    given = _listed(cell, starts)
    impossible = _flag(none)
    if not given:
        if impossible is False:
            raise ValueError("has no answer, and is said to have one")
        return (text,)
    if impossible:
        raise ValueError("is said to have no answer, and has one")
    found = [_placed(own, start, number, text) for number, (own, start) in enumerate(given, start=1)]
    return (text, *dict.fromkeys(f"{start}:{own}" for start, own in found))


def says_nothing(cell: Cell, starts: Cell, none: Cell) -> bool:
    """Whether nobody said anything of a row: an empty list, -1 as its place or a flag say that there is no answer."""
    silent = cell is None or (isinstance(cell, str) and is_empty(cell))
    return silent and (is_empty(none) or str(none).strip().casefold() in _FALSE) and _whole(starts) != -1


def _listed(cell: Cell, starts: Cell) -> list[tuple[str, int | None]]:
    """Each answer's text, and its place where one is given."""
    if cell is None or (isinstance(cell, str) and is_empty(cell)):
        return []
    if isinstance(cell, str):
        said = _spelled(cell)
        if isinstance(said, dict) and isinstance(said.get("text"), list):
            return _paired([str(text) for text in said["text"]], said.get("answer_start"))
        objects = said if isinstance(said, list) else [said] if isinstance(said, dict) else None
        if objects is not None and all(isinstance(one, dict) for one in objects):
            return [_object(one) for one in objects]
        return _paired([cell], starts)
    objects = [_spelled(item) for item in cell]
    if cell and all(isinstance(one, dict) for one in objects):
        return [_object(one) for one in objects]
    return _paired(list(cell), starts)


def _object(given: dict[str, Any]) -> tuple[str, int | None]:
    text, start = given.get("text"), given.get("answer_start", given.get("start"))
    if not isinstance(text, str):
        raise ValueError(f"has an answer without its text. {_SHAPE}")
    if start is not None and _whole(str(start)) is None:
        raise ValueError("has an answer whose start is no whole number")
    return text, None if start is None else _whole(str(start))


def _paired(texts: list[str], starts: Any) -> list[tuple[str, int | None]]:
    if starts is None or (isinstance(starts, str) and is_empty(starts)):
        return [(text, None) for text in texts]
    said = _spelled(starts) if isinstance(starts, str) else starts
    listed = list(said) if isinstance(said, (list, tuple)) else [starts]
    numbers = [_whole(str(start)) for start in listed]
    if any(number is None for number in numbers):
        raise ValueError("has an answer whose start is no whole number")
    if len(numbers) != len(texts):
        raise ValueError(f"has {len(texts)} answers and {len(numbers)} starts")
    return list(zip(texts, numbers, strict=True))


def _placed(own: str, start: int | None, number: int, context: str) -> Gold:
    """One answer, checked against the context."""
    said = f"answer {number}"
    if not own.strip():
        raise ValueError(f"has an empty text as {said}")
    if start is None:
        count = context.count(own)
        if count != 1:
            place = "nowhere" if not count else f"{count} times"
            raise ValueError(f"does not say where {said} starts, and it stands {place} in the context")
        return context.index(own), own
    if start < 0 or start + len(own) > len(context):
        raise ValueError(f"has {said} at {start}, outside the context of {len(context)} characters")
    if context[start : start + len(own)] == own:
        return start, own
    raw, told = context.encode(errors="replace"), own.encode(errors="replace")
    if raw[start : start + len(told)] == told:
        raise ValueError(f"has {said} at {start}, which counts bytes and not characters")
    near = _nearest(own, start, context)
    where = "does not stand in the context at all" if near is None else f"stands at {near}"
    raise ValueError(f"says that {said} starts at {start}, and it {where}")


def _nearest(own: str, start: int, context: str) -> int | None:
    after, before = context.find(own, start), context.rfind(own, 0, start + len(own))
    places = [place for place in (after, before) if place >= 0]
    return min(places, key=lambda place: abs(place - start), default=None)


def _flag(cell: Cell) -> bool | None:
    """True or False as a cell spells it, None for an empty one.

    Raises:
        ValueError: it spells something else.
    """
    if is_empty(cell):
        return None
    word = cell.strip().casefold() if isinstance(cell, str) else ""
    if word not in (*_TRUE, *_FALSE):
        raise ValueError("says neither true nor false where it says whether there is no answer")
    return word in _TRUE


def _whole(cell: Cell | str) -> int | None:
    """`34`, `-1`, and `34.0` as programs write it that know no empty cells; None for anything else."""
    text = cell.strip() if isinstance(cell, str) else ""
    digits = text.removesuffix(".0")
    return int(digits) if digits.removeprefix("-").isdecimal() and digits.isascii() else None


def _spelled(text: str) -> Any:
    """A list or object that a text spells, as JSON or as Python prints it; None for any other text."""
    if not text.strip().startswith(("[", "{")):
        return None
    return spelled(text)
