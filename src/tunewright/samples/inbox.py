"""`sample://tickets`: customer messages of a company that does not exist, each with the department it belongs to.

Written here, by rule, from the word lists in `words/`. Hard on purpose, in the ways real inboxes are: people tell what
is settled before they say what they want, departments share their words, some matters belong to two departments, one
message in twenty was filed wrongly by a hurried clerk, and a few stand there twice.
"""

from __future__ import annotations

import contextlib
import csv
import datetime
import functools
import io
import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from tunewright.errors import ResourceError
from tunewright.records import write_text
from tunewright.records.cache import cache_folder
from tunewright.samples.dice import Dice
from tunewright.samples.messages import CHANNELS, compose
from tunewright.samples.wording import Department, departments, regions, undecided

__all__ = ["COLUMNS", "VERSION", "content", "tickets"]

VERSION = "1"
COLUMNS = ("id", "message", "department", "region", "channel", "created")

_SEED = 20_250_301
_UNDECIDED = 0.025
_SECOND = 0.35
_REPEATED = 12
_CONFLICTING = 2
_FIRST_DAY = datetime.date(2025, 1, 2)
_DAYS = 360


@dataclass(frozen=True, slots=True)
class _Ticket:
    message: str
    department: str
    region: str
    channel: str


def tickets(folder: Path | None = None) -> Path:
    """The data set as a CSV file, written at the first call and checked at every other.

    Args:
        folder: where it is kept; None is the user's cache (`records.cache.cache_folder`), or a temporary folder where
            that cannot be written.

    Raises:
        OSError: the folder given cannot be written.
        ResourceError: the disk is full.
    """
    name = f"tickets-{VERSION}.csv"
    if folder is not None:
        return _kept(folder / name)
    cache = cache_folder()
    if cache is not None:
        with contextlib.suppress(OSError, ResourceError):
            return _kept(cache / name)
    return _kept(_temporary() / name)


def _kept(path: Path) -> Path:
    """The file, written unless it is there and whole: a reader's edit would change every figure made with it."""
    with contextlib.suppress(OSError):
        if path.read_bytes() == content().encode():
            return path
    return write_text(path, content())


@functools.cache
def _temporary() -> Path:
    return Path(tempfile.mkdtemp(prefix="tunewright-"))


@functools.cache
def content() -> str:
    """The data set's text: the same bytes everywhere."""
    dice = Dice(_SEED)
    rows = _filed(dice)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number, ticket in enumerate(rows):
        day = _FIRST_DAY + datetime.timedelta(days=number * _DAYS // len(rows))
        created = f"{day.isoformat()} {7 + dice.index(14):02d}:{dice.index(60):02d}"
        writer.writerow(
            (f"T{10_000 + number}", ticket.message, ticket.department, ticket.region, ticket.channel, created)
        )
    return out.getvalue()


def _filed(dice: Dice) -> list[_Ticket]:
    """All tickets in the order they came in, filed as the clerks filed them."""
    seen: set[str] = set()
    rows: list[_Ticket] = []
    for department in departments():
        made = 0
        while made < department.rows:
            ticket = _ticket(department, dice)
            bare = re.sub(r"[\W\d_]+", "", ticket.message.casefold())
            if bare not in seen:
                seen.add(bare)
                rows.append(ticket)
                made += 1
    rows = dice.shuffled(rows)
    for number in range(_REPEATED):
        first = rows[dice.index(len(rows))]
        again = _elsewhere(first.department, dice) if number < _CONFLICTING else first.department
        rows.insert(dice.index(len(rows)), replace(first, department=again))
    return rows


def _ticket(department: Department, dice: Dice) -> _Ticket:
    """One message to a department, now and then filed under another."""
    region = dice.weighted(regions(), [each.weight for each in regions()])
    asked, label = None, department.name
    if dice.hit(_UNDECIDED):
        request = dice.pick([each for each in undecided() if each.first == department.name])
        label = request.second if dice.hit(_SECOND) else request.first
        asked = request.text
    elif dice.hit(region.misfiled):
        label = _elsewhere(department.name, dice)
    channel = dice.weighted(tuple(CHANNELS), tuple(CHANNELS.values()))
    return _Ticket(compose(department, asked, channel, region, dice), label, region.name, channel)


def _elsewhere(name: str, dice: Dice) -> str:
    """A department that a hurried clerk takes for this one."""
    department = next(each for each in departments() if each.name == name)
    return dice.weighted(department.mistaken_for, (5, 3, 2))
