"""Tags of words, in any of the schemes in use, turned into entities.

An entity is a run of words of one type. How its borders are written differs:

| scheme | first word | inside | last | alone | elsewhere |
|---|---|---|---|---|---|
| BIO (IOB2) | B | I | I | B | O |
| IOB1 | I, and B only right behind an entity of the same type | I | I | I | O |
| BMES (BIOES with M) | B | M | E | S | O |
| BIOES | B | I | E | S | O |
| BILOU | B | I | L | U | O |

IOB1 and IOB2: Ramshaw & Marcus 1995, Tjong Kim Sang & Veenstra 1999; BILOU: Ratinov & Roth 2009.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Broken", "Entity", "Scheme", "Survey", "entities", "is_tag", "survey", "to_bio"]

Scheme = Literal["BIO", "IOB1", "BMES", "BIOES", "BILOU"]
Entity = tuple[int, int, str]
"""First word, the one behind the last, and the type."""

_TAG = re.compile(r"([BIMESLUW])[-_](.+)", re.DOTALL)
_STRAY = 0.2  # share of entity starts against the scheme beyond which the file is mixed, and no row can be trusted


class Broken(ValueError):
    """A row whose tags are not of the scheme; the message says where, without the row's text."""


@dataclass(frozen=True)
class Survey:
    """What all tags of a column together say of their scheme.

    Attributes:
        scheme: the one they are written in; None where there is none, and `problem` says why.
        problem: one sentence without the row's text.
        hint: what to do about it.
        strange: tags of no scheme, with how often each occurs.
    """

    scheme: Scheme | None
    problem: str = ""
    hint: str = ""
    strange: tuple[tuple[str, int], ...] = ()


def is_tag(text: str) -> bool:
    """Whether a text looks like a tag of some scheme: `O`, `B-PER`, `S_LOC`."""
    return text == "O" or _TAG.fullmatch(text) is not None


def survey(rows: Iterable[Sequence[str]]) -> Survey:
    """Tell the scheme from all rows of all files: a few rows alone often fit several."""
    letters: Counter[str] = Counter()
    strange: Counter[str] = Counter()
    opened = resumed = 0
    for tags in rows:
        before = ""
        for tag in tags:
            found = _TAG.fullmatch(tag)
            if found is None:
                if tag != "O":
                    strange[tag] += 1
                before = ""
                continue
            letters[found[1]] += 1
            # what BIO and IOB1 disagree about: how an entity starts that follows no other of its type
            opened += found[1] == "B" and before != found[2]
            resumed += found[1] == "I" and before != found[2]
            before = found[2]
    if strange:
        shown = ", ".join(repr(tag) for tag, _ in strange.most_common(5))
        return Survey(
            None,
            f"hold tags of no known scheme: {shown}",
            "A tag is O, or a letter and a type: B-PER, I-PER (BIO, IOB1), M-, E-, S- (BMES), L-, U- (BILOU).",
            tuple(strange.most_common()),
        )
    if not letters:
        return Survey(None, "hold no entity: every word is tagged O", "Check that data.target names the tags.")
    return _of_letters(letters, opened, resumed)


def _of_letters(letters: Counter[str], opened: int, resumed: int) -> Survey:
    kinds = set(letters)
    if kinds <= {"B", "I"}:
        if min(opened, resumed) > max(1, _STRAY * (opened + resumed)):
            return Survey(
                None,
                f"mix schemes: {opened:,} entities start with B as in BIO, {resumed:,} with I as in IOB1",
                "Write all of them in one scheme.",
            )
        return Survey("BIO" if opened >= resumed else "IOB1")
    clashes = [pair for pair in (("I", "M"), ("E", "L"), ("S", "U"), ("S", "W"), ("U", "W")) if set(pair) <= kinds]
    if clashes:
        first, second = clashes[0]
        return Survey(
            None,
            f"mix schemes: {letters[first]:,} tags begin with {first} and {letters[second]:,} with {second}, which "
            "mean the same",
            "Write all of them in one scheme.",
        )
    if kinds & {"L", "U"}:
        return Survey("BILOU")
    return Survey("BIOES" if "I" in kinds else "BMES")


def entities(tags: Sequence[str], scheme: Scheme) -> list[Entity]:
    """The entities of one row.

    Raises:
        Broken: the tags are not of the scheme: an entity without beginning or end.
    """
    read = _loose if scheme in ("BIO", "IOB1") else _closed
    return read(tags, scheme)


def to_bio(length: int, found: Iterable[Entity]) -> tuple[str, ...]:
    """Tags in BIO of a row of so many words; the inverse of `entities` for entities that do not overlap."""
    tags = ["O"] * length
    for start, end, kind in found:
        tags[start:end] = [f"B-{kind}", *[f"I-{kind}"] * (end - start - 1)]
    return tuple(tags)


def _split(tag: str, position: int) -> tuple[str, str]:
    if tag == "O":
        return "O", ""
    found = _TAG.fullmatch(tag)
    if found is None:
        raise Broken(f"tag {position + 1} is of no known scheme: {tag!r}")
    return found[1], found[2]


def _loose(tags: Sequence[str], scheme: Scheme) -> list[Entity]:
    """BIO and IOB1: an entity ends where the next word does not go on with it."""
    found: list[Entity] = []
    start, kind = 0, ""
    for position, tag in enumerate([*tags, "O"]):
        letter, own = _split(tag, position)
        goes_on = letter == "I" and own == kind
        if kind and not goes_on:
            found.append((start, position, kind))
        if letter not in ("O", "B", "I"):
            raise Broken(f"tag {position + 1} is {tag}, which {scheme} does not have")
        if letter == "I" and not goes_on and scheme == "BIO":
            raise Broken(f"tag {position + 1} is {tag} without a B-{own} before it")
        if letter == "B" and own != kind and scheme == "IOB1":
            raise Broken(f"tag {position + 1} is {tag}, and IOB1 has B only right behind an entity of that type")
        if not goes_on:
            start, kind = position, own
    return found


def _closed(tags: Sequence[str], scheme: Scheme) -> list[Entity]:
    """BMES, BIOES, BILOU: every entity says where it ends."""
    found: list[Entity] = []
    start, kind = 0, ""
    for position, tag in enumerate([*tags, "O"]):
        letter, own = _split(tag, position)
        if kind and (letter in "OBSUW" or own != kind):
            raise Broken(f"the entity that starts at tag {start + 1} (B-{kind}) has no end")
        if letter in "IMEL" and not kind:
            raise Broken(f"tag {position + 1} is {tag} without a B-{own} before it")
        if letter == "B":
            start, kind = position, own
        elif letter in "SUW":
            found.append((position, position + 1, own))
        elif letter in "EL":
            found.append((start, position + 1, kind))
            kind = ""
    return found
