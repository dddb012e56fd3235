"""Entities in a target cell: as they are written in files, and the one form in which they go on.

The form that goes on is a tuple of texts `start:end:label`, in order, none overlapping another. Over a column of tokens
the places are those of tokens, over text those of characters; `end` is the first one behind the entity.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from tunewright.cells.spelled import spelled
from tunewright.data.table import Cell
from tunewright.data.tag_schemes import Entity

__all__ = ["as_tokens", "entities_of", "entity_labels", "read_entities", "written"]

_STARTS = ("start", "start_offset", "begin", "from")
_ENDS = ("end", "end_offset", "stop", "to")
_LABELS = ("label", "type", "entity", "tag", "entity_group", "labels")
_SHAPE = 'An entity is {"start": 0, "end": 5, "label": "PER"} or [0, 5, "PER"], in characters, the end not included'


def written(found: Sequence[Entity]) -> tuple[str, ...]:
    """Entities as the cell that goes on."""
    return tuple(f"{start}:{end}:{label}" for start, end, label in found)


def entities_of(cell: Cell) -> list[Entity]:
    """What `written` wrote; its inverse."""
    found = []
    for item in cell or ():
        start, end, label = item.split(":", 2)
        found.append((int(start), int(end), label))
    return found


def entity_labels(cell: Cell) -> tuple[str, ...]:
    """The label of each entity of a cell, as often as it occurs."""
    return tuple(item.split(":", 2)[2] for item in cell or ())


def as_tokens(cell: Cell) -> tuple[str, ...]:
    """The tokens or tags of a cell: a list as it is, a text that spells a list, or one cut at white space."""
    if cell is None or isinstance(cell, tuple):
        return cell or ()
    if cell.strip().startswith("["):
        listed = spelled(cell)
        if isinstance(listed, list) and all(isinstance(item, str) for item in listed):
            return tuple(listed)
    return tuple(cell.split())


def read_entities(cell: Cell, text: str) -> list[Entity]:
    """The entities that a cell lays over a text, in order.

    Raises:
        ValueError: malformed, outside the text, overlapping, without a label; one sentence without the text.
    """
    listed: Any = [spelled(item) for item in cell] if isinstance(cell, tuple) else spelled(cell or "")
    if not isinstance(listed, list):
        raise ValueError(f"holds no list of entities. {_SHAPE}")
    found = sorted(_entity(item, number, text) for number, item in enumerate(listed, start=1))
    for before, after in itertools.pairwise(found):
        if after[0] < before[1]:
            raise ValueError(f"has overlapping entities: {_said(before)} and {_said(after)}")
    return found


def _entity(item: Any, number: int, text: str) -> Entity:
    """One entity, checked against the text."""
    if isinstance(item, dict):
        values = [next((item[name] for name in names if name in item), None) for names in (_STARTS, _ENDS, _LABELS)]
        start, end, label = values
        own = item.get("text")
    elif isinstance(item, list) and len(item) == 3:
        (start, end, label), own = item, None
    else:
        raise ValueError(f"entity {number} is of another shape. {_SHAPE}")
    if isinstance(label, list) and len(label) == 1:
        label = label[0]
    if type(start) is not int or type(end) is not int:
        raise ValueError(f"entity {number} has no whole numbers for its start and end. {_SHAPE}")
    if label is not None and not isinstance(label, str):
        raise ValueError(f"entity {number} has a label that is no text")
    if label is None or not label.strip():
        raise ValueError(f"entity {number} has no label")
    said = _said((start, end, label))
    if start < 0 or end > len(text):
        raise ValueError(f"entity {number}, {said}, lies outside the text of {len(text)} characters")
    if end <= start or not text[start:end].strip():
        raise ValueError(f"entity {number}, {said}, holds no character")
    if isinstance(own, str) and own != text[start:end]:
        near = "its end is one short" if own == text[start : end + 1] else "its places count something else"
        raise ValueError(f"entity {number}, {said}, says another text than stands there: {near}")
    return start, end, label


def _said(entity: Entity) -> str:
    return f"{entity[2]} {entity[0]}-{entity[1]}"
