"""Where tunewright keeps what can be made again: the user's cache folder, and how much may lie there."""

from __future__ import annotations

import os
from pathlib import Path

from tunewright.errors import UserError

__all__ = ["FOLDER_VARIABLE", "LIMIT_VARIABLE", "cache_folder", "cache_limit"]

FOLDER_VARIABLE = "TUNEWRIGHT_CACHE"
LIMIT_VARIABLE = "TUNEWRIGHT_CACHE_GIB"
_DEFAULT_GIB = 20.0


def cache_folder() -> Path | None:
    """`$TUNEWRIGHT_CACHE`, else `$XDG_CACHE_HOME/tunewright`, else `~/.cache/tunewright`; None where there is no home.

    A relative path in a variable is passed over: another current folder would be another cache.
    """
    own = Path(os.environ.get(FOLDER_VARIABLE, ""))
    if own.is_absolute():
        return own
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if named.is_absolute():
        return named / "tunewright"
    try:
        return Path.home() / ".cache" / "tunewright"
    except RuntimeError:
        return None


def cache_limit() -> int:
    """Bytes that prepared data may take: `$TUNEWRIGHT_CACHE_GIB` in GiB, else 20 GiB; 0 keeps nothing.

    Raises:
        UserError: the variable is no number.
    """
    given = os.environ.get(LIMIT_VARIABLE, "").strip()
    try:
        gib = float(given) if given else _DEFAULT_GIB
    except ValueError:
        gib = -1.0
    if not 0.0 <= gib < float("inf"):
        raise UserError(
            f"{LIMIT_VARIABLE} is {given!r}, and should be a number of GiB: 20, 0.5, or 0 to keep no prepared data."
        )
    return int(gib * 2**30)
