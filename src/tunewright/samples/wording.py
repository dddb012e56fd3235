"""The words of `sample://tickets`, read from the lists in `words/`: one file a department, all written for this set.

Every text there is a template: `{a|b|}` stands for one of the alternatives, `<product>` for a slot of `shared.toml`.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

__all__ = ["Department", "Region", "Shared", "Undecided", "departments", "regions", "shared", "undecided"]

Texts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Department:
    """One label, how many messages it gets, and the words people use for it.

    Attributes:
        name: the label.
        rows: messages it gets before any is filed wrongly.
        intents: for each reason to write, the ways to say it in full.
        short: the ways to say it in a few words, as in a chat.
        topics: its matters as things one can name. Named as the request, or as what the request is not about.
        details: sentences that may follow a request and ask for nothing new.
        settled: sentences that speak of this department's matters as done with. They turn up in the messages to every
            department, so that the words alone do not give the label away: what is asked for does.
        mistaken_for: departments that a hurried clerk picks instead, the likeliest first.
    """

    name: str
    rows: int
    intents: tuple[Texts, ...]
    short: Texts
    topics: Texts
    details: Texts
    settled: Texts
    mistaken_for: Texts


@dataclass(frozen=True, slots=True)
class Region:
    """Where a customer writes from, and what that sounds like.

    Attributes:
        name: value of the column `region`.
        weight: share of all messages, in percent.
        words: word -> what is said there instead, each replaced with probability `strength`.
        strength: how strongly the region colours the wording, 0..1.
        openings: greetings of its own, in half of its greeted messages.
        tags: endings of its own, in half of its messages that have one.
        drops_articles: leaves out `the` and `a` now and then, as people do whose own language has none.
        slips: how much likelier than elsewhere the clumsiest typing is.
        misfiled: share of its messages that a clerk files under the wrong department, 0..1.
    """

    name: str
    weight: int
    words: dict[str, Texts]
    strength: float
    openings: Texts = ()
    tags: Texts = ()
    drops_articles: bool = False
    slips: float = 1.0
    misfiled: float = 0.03


@dataclass(frozen=True, slots=True)
class Undecided:
    """A request that belongs to two departments: most of those who file it pick the first."""

    first: str
    second: str
    text: str


@dataclass(frozen=True, slots=True)
class Shared:
    """Words that belong to no department.

    Attributes:
        openings: how a message is begun.
        leads: said before coming to the point.
        asides: said beside the point.
        closings: how a message ends.
        names: who signs.
        about: frames of a request that names its matter, `<this>`.
        contrasts: frames that name two matters, where only `<this>` is asked for and `<that>` is not.
        slots: what a slot stands for.
    """

    openings: Texts
    leads: Texts
    asides: Texts
    closings: Texts
    names: Texts
    about: Texts
    contrasts: Texts
    slots: dict[str, Texts]


_DEPARTMENTS = (
    "billing",
    "shipping",
    "technical-support",
    "returns",
    "account-access",
    "sales",
    "privacy-and-legal",
    "careers",
)


@functools.cache
def departments() -> tuple[Department, ...]:
    """All departments, the one with the most messages first."""
    return tuple(Department(**_words(name)) for name in _DEPARTMENTS)


@functools.cache
def regions() -> tuple[Region, ...]:
    """All regions."""
    return tuple(Region(**region) for region in _words("regions")["regions"])


@functools.cache
def undecided() -> tuple[Undecided, ...]:
    """All requests that fit two departments."""
    return tuple(Undecided(**message) for message in _words("ambiguous")["messages"])


@functools.cache
def shared() -> Shared:
    """The words that belong to no department."""
    return Shared(**_words("shared"))


def _words(name: str) -> dict[str, Any]:
    text = resources.files("tunewright.samples").joinpath("words", f"{name}.toml").read_text(encoding="utf-8")
    return {key: _frozen(value) for key, value in tomllib.loads(text).items()}


def _frozen(value: Any) -> Any:
    """Lists to tuples, all the way down."""
    if isinstance(value, list):
        return tuple(_frozen(each) for each in value)
    return {key: _frozen(each) for key, each in value.items()} if isinstance(value, dict) else value
