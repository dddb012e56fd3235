"""The word lists of sample://tickets."""

from __future__ import annotations

import re

import pytest

from tunewright.samples.wording import departments, regions, shared, undecided

NAMES = [department.name for department in departments()]


def texts():
    """Every template of every list, with where it stands."""
    for department in departments():
        for group in department.intents:
            yield from ((department.name, text) for text in group)
        for name in ("short", "topics", "details", "settled"):
            yield from ((department.name, text) for text in getattr(department, name))
    for name in ("openings", "leads", "asides", "closings", "about", "contrasts"):
        yield from ((name, text) for text in getattr(shared(), name))
    yield from (("undecided", each.text) for each in undecided())
    for name, values in shared().slots.items():
        yield from ((name, value) for value in values)


def test_every_template_closes_its_braces_and_knows_its_slots():
    """A slip of the pen in a list would reach the data set as a brace or a KeyError in somebody's demo."""
    known = {*shared().slots, "d", "d1", "this", "that"}
    known |= {f"other_{name}" for name in shared().slots}
    for where, text in texts():
        depth = 0
        for letter in text:
            depth += {"{": 1, "}": -1}.get(letter, 0)
            assert depth >= 0, (where, text)
        assert depth == 0, (where, text)
        assert "|" in text or "{" not in text, (where, text)
        assert set(re.findall(r"<(\w*)>", text)) <= known, (where, text)
        assert "" not in re.split(r"[{|}]", text)[:1] or text.startswith("{"), (where, text)


def test_no_text_stands_twice():
    """A phrase in two lists would be weighted double, or settled and asked for at once."""
    seen: dict[str, str] = {}
    for where, text in texts():
        if where in shared().slots:
            continue
        assert text not in seen, f"{text!r} stands under {seen[text]} and {where}"
        seen[text] = where


def test_departments_are_eight_and_imbalanced():
    """Equal classes would hide what a minority class costs."""
    rows = [department.rows for department in departments()]
    assert len(rows) == len(set(NAMES)) == 8
    assert rows == sorted(rows, reverse=True) or rows[0] == max(rows)
    assert 8 <= max(rows) / min(rows) <= 10


@pytest.mark.parametrize("department", departments(), ids=lambda each: each.name)
def test_a_department_has_enough_to_say(department):
    """Few phrases are learned by heart; then test rows repeat training rows."""
    assert len(department.intents) >= 4
    assert sum(len(group) for group in department.intents) >= 15
    assert len(department.topics) >= 8
    assert len(department.settled) >= 4
    assert len(department.mistaken_for) == 3
    assert set(department.mistaken_for) <= set(NAMES) - {department.name}


def test_borderline_messages_name_two_departments_each_department_has_one():
    """A department without a border case would stop the writing of the data set."""
    assert {each.first for each in undecided()} == set(NAMES)
    for each in undecided():
        assert each.second in NAMES
        assert each.first != each.second


def test_frames_hold_their_places():
    """A contrast without `<that>` is no contrast, one without `<this>` asks for nothing."""
    assert all("<this>" in text and "<that>" in text for text in shared().contrasts)
    assert all("<this>" in text and "<that>" not in text for text in shared().about)


def test_regions_share_all_messages():
    """Shares that do not sum up shift every region."""
    assert sum(region.weight for region in regions()) == 100
    assert 5 <= len(regions()) <= 6
    for region in regions():
        assert 0.0 <= region.strength <= 1.0
        assert 0.0 < region.misfiled < 0.1
        assert all(word == word.lower() and others for word, others in region.words.items())


def test_no_list_can_be_changed():
    """The lists are read once for the whole process."""
    with pytest.raises(AttributeError):
        departments()[0].name = "x"
    assert all(isinstance(values, tuple) for values in shared().slots.values())
