"""How pytest-xdist shares the tests among the cores: a file at a time, what takes longest first.

What the tests of a file share, a trained model or seventy kills, is made once. A long file that came last would leave
the other cores idle, and xdist's own order, by number of tests, puts just those last.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from xdist.scheduler import LoadScopeScheduling

__all__ = ["ByFile", "longest_first", "unit"]

LONGEST = (
    "tests/reliability/test_kills.py",
    "tests/house/test_documents.py",
    "tests/laws/",
    "tests/pipeline/",
    "tests/reliability/",
    "tests/cli/",
)
"""What takes longest, in this order; a name that ends in a slash is a folder."""
APART = "tests/house/test_documents.py::test_a_page_does_what_it_shows"
"""Tests that share nothing with others of their file."""


def longest_first(names: Iterable[str]) -> list[int]:
    """The order in which tests of these names (`file::test`) should be handed out."""
    listed = list(names)
    return sorted(range(len(listed)), key=lambda index: _rank(listed[index]))


def unit(name: str) -> str:
    """The piece of work that a test belongs to."""
    return name if name.startswith(APART) else name.partition("::")[0]


def _rank(name: str) -> int:
    return next((rank for rank, start in enumerate(LONGEST) if name.startswith(start)), len(LONGEST))


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out units in the order in which the tests were collected."""

    def __init__(self, config: Any, log: Any) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)
