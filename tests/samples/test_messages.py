"""How one message of sample://tickets is put together."""

from __future__ import annotations

import re

import pytest

from tunewright.samples import messages
from tunewright.samples.dice import Dice
from tunewright.samples.messages import CHANNELS, compose, expand
from tunewright.samples.wording import Region, departments, regions

PLAIN = Region(name="plain", weight=1, words={}, strength=0.0, slips=0.0)


def region(name: str) -> Region:
    return next(each for each in regions() if each.name == name)


def many(count: int = 200, **changes):
    given = {"department": departments()[0], "asked": None, "channel": "email", "region": PLAIN} | changes
    return [compose(**given, dice=Dice(seed)) for seed in range(count)]


def test_alternatives_are_all_taken_and_nothing_else():
    """A brace that does not close would put the machinery into the text."""
    made = {expand("{a|b{c|d}|}e", Dice(seed), {}) for seed in range(100)}
    assert made == {"ae", "bce", "bde", "e"}


def test_a_slot_stays_the_same_through_a_message_and_its_other_differs():
    """A kettle that becomes a tent in the second sentence is no message a customer writes."""
    for seed in range(60):
        drawn: dict[str, str] = {}
        first = expand("<product>", Dice(seed), drawn)
        again = expand("<product>", Dice(seed + 1), drawn)
        other = expand("<other_product>", Dice(seed), drawn)
        assert first == again != other


def test_digits_are_drawn_one_by_one():
    """Order numbers of one repeated digit would be a giveaway."""
    number = expand("<d1><d><d><d><d><d><d><d>", Dice(1), {})
    assert re.fullmatch(r"[1-9]\d{7}", number)
    assert len(set(number)) > 1


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a air purifier", "an air purifier"),
        ("A unknown item", "An unknown item"),
        ("a one-off", "a one-off"),
        ("a user", "a user"),
        ("a tent", "a tent"),
        ("data air", "data air"),
    ],
)
def test_the_article_fits_the_word(written, read):
    """Mistakes that every message makes alike teach a model nothing about people."""
    assert expand(written, Dice(0), {}) == read


def test_no_machinery_is_left_in_any_message():
    """Braces, angle brackets and doubled spaces would mark the text as made by rule."""
    for department in departments():
        for channel in CHANNELS:
            for text in many(60, department=department, channel=channel, region=region("abroad")):
                assert not re.search(r"[{}<>|]|  |^\s|\s$", text), text
                assert text


def test_a_request_that_is_given_is_the_one_that_is_made():
    """Messages on the border of two departments must hold the border's sentence."""
    for text in many(80, asked="QZX marks the spot.", region=PLAIN):
        assert "qzx" in text.lower()


def test_most_messages_name_what_is_settled_too():
    """Without history the words alone would give the label away, and the data set would teach nothing."""
    own = departments()[0]
    foreign = [word for d in departments()[1:] for text in d.settled for word in re.findall(r"[a-z]{7,}", text)]
    texts = many(300, department=own)
    assert sum(any(word in text.lower() for word in foreign) for text in texts) > 100


def test_chats_are_shorter_than_mails():
    """Channels that do not differ would be a column of noise."""
    mails = [len(text) for text in many(200, channel="email")]
    chats = [len(text) for text in many(200, channel="chat")]
    assert sum(chats) < 0.8 * sum(mails)


def test_regions_colour_the_wording():
    """A fairness probe with nothing to find proves nothing."""
    islands, north = region("islands"), region("north")
    strange = re.compile(r"\b(tae|ma|aboot|cannae|oot|gey|wee)\b", re.I)
    asked = "My small parcel is not about to come out of the old box."
    here = sum(bool(strange.search(text)) for text in many(100, region=islands, asked=asked))
    there = sum(bool(strange.search(text)) for text in many(100, region=north, asked=asked))
    assert here > 90
    assert there == 0


def test_dropped_articles_leave_no_hole():
    """A double space where an article was is not how anybody types."""
    texts = many(100, region=region("abroad"), asked="The tent and the box and a kettle.")
    assert any(re.search(r"and (box|kettle)", text, re.I) for text in texts)
    assert not any("  " in text for text in texts)


def test_slips_stay_inside_words():
    """A slip in an order number or at a word's edge would make another number, another word."""
    text = "Order 12345 ab kettle"
    seen = {messages._slip(text, Dice(seed)) for seed in range(500)}
    assert len(seen) > 15
    for slipped in seen:
        assert "12345" in slipped
        assert slipped.count(" ") == 3
        assert slipped.startswith("O")


def test_a_sentence_goes_on_in_small_letters_but_names_do_not():
    """`so: i paid` and `so: bW-123` would be slips of the program, not of a person."""
    assert messages._small("The box came.") == "the box came."
    assert messages._small("I paid.") == "I paid."
    assert messages._small("It came.") == "it came."
    assert messages._small("BW-12345 is late.") == "BW-12345 is late."
    assert messages._small("") == ""
