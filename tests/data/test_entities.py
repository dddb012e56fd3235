"""Entities in a cell: every way in which they are written, and every way in which they are wrong."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.data.entities import as_tokens, entities_of, entity_labels, read_entities, written

TEXT = "Anna Müller lives in 北京."
GOOD = [(0, 11, "PER"), (21, 23, "LOC")]


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), st.text(min_size=1))))
def test_written_entities_read_back(found: list[tuple[int, int, str]]) -> None:
    """Danger: a label with a colon in it shifts every place behind it."""
    assert entities_of(written(found)) == found
    assert entity_labels(written(found)) == tuple(label for _, _, label in found)


@pytest.mark.parametrize(
    "cell",
    [
        tuple(json.dumps({"start": s, "end": e, "label": k}) for s, e, k in GOOD),
        tuple(json.dumps({"start_offset": s, "end_offset": e, "type": k}) for s, e, k in GOOD),
        tuple(json.dumps([s, e, k]) for s, e, k in GOOD),
        json.dumps([[s, e, k] for s, e, k in reversed(GOOD)]),
        str([{"start": s, "end": e, "label": k, "text": TEXT[s:e]} for s, e, k in GOOD]),
        json.dumps([{"start": s, "end": e, "labels": [k]} for s, e, k in GOOD]),
    ],
)
def test_every_usual_shape_is_read(cell: object) -> None:
    """Danger: one more converter to write before anything can be trained."""
    assert read_entities(cell, TEXT) == GOOD


def test_none_is_not_nothing() -> None:
    """Danger: a text that nobody has looked at is learned as one without entities; `usable` refuses a null before."""
    assert read_entities((), TEXT) == []
    assert read_entities("[]", TEXT) == []
    with pytest.raises(ValueError, match="holds no list"):
        read_entities("PER", TEXT)


@pytest.mark.parametrize(
    ("entity", "said"),
    [
        ([0, 99, "PER"], r"entity 1, PER 0-99, lies outside the text of 24 characters"),
        ([-1, 3, "PER"], "lies outside"),
        ([3, 3, "PER"], "holds no character"),
        ([4, 5, "PER"], "holds no character"),
        ([5, 3, "PER"], "holds no character"),
        ([0, 4, ""], "has no label"),
        ([0, 4, None], "has no label"),
        (["0", "4", "PER"], "no whole numbers"),
        ([True, 4, "PER"], "no whole numbers"),
        ([0, 4], "of another shape"),
        ("PER", "of another shape"),
        ({"start": 0, "label": "PER"}, "no whole numbers"),
        ({"start": 0, "end": 3, "label": "PER", "text": "Anna"}, "its end is one short"),
        ({"start": 5, "end": 9, "label": "PER", "text": "Anna"}, "says another text than stands there"),
    ],
)
def test_wrong_entities_are_refused(entity: object, said: str) -> None:
    """Danger: offsets in bytes, or with the end included: every label lies a little beside its word."""
    with pytest.raises(ValueError, match=said) as caught:
        read_entities(json.dumps([entity]), TEXT)
    assert "Anna" not in str(caught.value), "messages hold no text of the user's"


def test_overlaps_are_refused() -> None:
    """Danger: of two entities over one word, the later one in the file wins."""
    with pytest.raises(ValueError, match="overlapping entities: PER 0-11 and LOC 5-11"):
        read_entities(json.dumps([[5, 11, "LOC"], [0, 11, "PER"]]), TEXT)
    assert len(read_entities(json.dumps([[0, 4, "A"], [4, 5 + 6, "B"]]), TEXT)) == 2, "side by side is no overlap"


@pytest.mark.parametrize(
    ("cell", "tokens"),
    [
        (("a", "b"), ("a", "b")),
        ('["a", "b c"]', ("a", "b c")),
        ("['a']", ("a",)),
        ("EU rejects", ("EU", "rejects")),
        (None, ()),
        ("", ()),
    ],
)
def test_lists_of_tokens(cell: object, tokens: tuple[str, ...]) -> None:
    """Danger: a csv file's spelled list becomes one long word."""
    assert as_tokens(cell) == tokens
