"""Schemes of tags: told from each other, and turned into entities and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.data.tag_schemes import Broken, entities, is_tag, survey, to_bio


@st.composite
def rows(draw: st.DrawFn) -> tuple[int, list[tuple[int, int, str]]]:
    """A number of words, and entities among them that do not overlap."""
    length = draw(st.integers(1, 12))
    found, position = [], 0
    while position < length:
        size = draw(st.integers(1, 3))
        if draw(st.booleans()):
            found.append((position, min(position + size, length), draw(st.sampled_from(["PER", "creative-work"]))))
        position += size
    return length, found


def spelled(length: int, found: list[tuple[int, int, str]], letters: str) -> list[str]:
    """Tags in a scheme of four letters: begin, inside, end, single."""
    begin, inside, end, single = letters
    tags = ["O"] * length
    for start, stop, kind in found:
        middle = [f"{inside}-{kind}"] * (stop - start - 2)
        tags[start:stop] = [f"{single}-{kind}"] if stop - start == 1 else [f"{begin}-{kind}", *middle, f"{end}-{kind}"]
    return tags


def iob1(length: int, found: list[tuple[int, int, str]]) -> list[str]:
    tags, before = ["O"] * length, (-1, -1, "")
    for start, stop, kind in found:
        tags[start:stop] = [f"I-{kind}"] * (stop - start)
        if before[1] == start and before[2] == kind:
            tags[start] = f"B-{kind}"
        before = (start, stop, kind)
    return tags


@given(rows())
def test_every_scheme_reads_back_what_was_written(row: tuple[int, list[tuple[int, int, str]]]) -> None:
    """Danger: entities cut in two, run together or lost on the way into the one scheme that is learned."""
    length, found = row
    assert entities(to_bio(length, found), "BIO") == found
    assert entities(iob1(length, found), "IOB1") == found
    for scheme, letters in (("BMES", "BMES"), ("BIOES", "BIES"), ("BILOU", "BILU")):
        assert entities(spelled(length, found, letters), scheme) == found


@given(rows())
def test_written_and_read_again_tags_are_the_same(row: tuple[int, list[tuple[int, int, str]]]) -> None:
    """Danger: a conversion that is not its own inverse changes the data a little more each time."""
    tags = to_bio(*row)
    assert to_bio(row[0], entities(tags, "BIO")) == tags


PAIR = ["O", "B-PER", "I-PER", "O", "B-PER"]


@pytest.mark.parametrize(
    ("given_rows", "scheme"),
    [
        ([PAIR], "BIO"),
        ([["I-PER", "I-PER", "O", "I-LOC"], ["I-PER", "B-PER"]], "IOB1"),
        ([["I-PER", "O", "I-LOC"]], "IOB1"),
        ([["B-PER", "M-PER", "E-PER", "O", "S-LOC"]], "BMES"),
        ([["B-PER", "I-PER", "E-PER"], ["S-LOC"]], "BIOES"),
        ([["S-LOC", "B-PER", "E-PER"]], "BMES"),
        ([["B_PER", "I_PER", "L_PER"], ["U_LOC"]], "BILOU"),
    ],
)
def test_the_scheme_is_told_from_its_letters(given_rows: list[list[str]], scheme: str) -> None:
    """Danger: IOB1 read as BIO loses nearly every entity, and nobody sees it."""
    assert survey(given_rows).scheme == scheme


@pytest.mark.parametrize(
    ("given_rows", "said"),
    [
        ([["PER", "O"]], "no known scheme: 'PER'"),
        ([["1", "0", "2"]], "no known scheme"),
        ([["X-PER", "O"]], "'X-PER'"),
        ([["O", "O"]], "no entity"),
        ([], "no entity"),
        ([["B-PER", "M-PER", "E-PER", "B-PER", "I-PER", "E-PER"]], "mix schemes: 1 tags begin with I and 1 with M"),
        ([["B-PER", "E-PER", "B-PER", "L-PER"]], "begin with E and 1 with L"),
        ([["B-PER", "O", "I-PER"], ["B-LOC", "O", "I-LOC"]], "2 entities start with B as in BIO, 2 with I"),
    ],
)
def test_no_scheme_and_several_are_said(given_rows: list[list[str]], said: str) -> None:
    """Danger: a guess between two schemes, right for half of the file."""
    found = survey(given_rows)
    assert found.scheme is None
    assert said in found.problem
    assert found.hint


def test_a_few_slips_do_not_hide_the_scheme() -> None:
    """Danger: one broken row in ten thousand, and the whole file is refused as mixed; the row itself is refused."""
    found = survey([PAIR] * 20 + [["O", "I-PER"]])
    assert found.scheme == "BIO"


@pytest.mark.parametrize(
    ("tags", "scheme", "said"),
    [
        (["O", "I-PER"], "BIO", "tag 2 is I-PER without a B-PER before it"),
        (["B-PER", "I-LOC"], "BIO", "tag 2 is I-LOC without a B-LOC before it"),
        (["O", "B-PER"], "IOB1", "only right behind an entity of that type"),
        (["B-PER", "O"], "BMES", r"starts at tag 1 \(B-PER\) has no end"),
        (["B-PER"], "BILOU", "has no end"),
        (["M-PER", "E-PER"], "BMES", "tag 1 is M-PER without a B-PER before it"),
        (["B-PER", "E-LOC"], "BMES", "has no end"),
        (["B-PER", "S-PER"], "BIOES", "has no end"),
        (["E-PER"], "BIO", "which BIO does not have"),
        (["PER"], "BIO", "no known scheme"),
    ],
)
def test_broken_rows_are_refused_with_their_place(tags: list[str], scheme: str, said: str) -> None:
    """Danger: an entity without beginning is repaired in silence, and learned as nobody labelled it."""
    with pytest.raises(Broken, match=said):
        entities(tags, scheme)


@pytest.mark.parametrize(
    ("text", "is_one"), [("O", True), ("B-a", True), ("I_a-b", True), ("B-", False), ("OK", False)]
)
def test_what_looks_like_a_tag(text: str, is_one: bool) -> None:
    """Danger: a column of ordinary labels taken for tags."""
    assert is_tag(text) is is_one
