"""What tunewright brings along so that it can be tried offline: a small public model, and a data set of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tunewright.errors import UserError, near_miss
from tunewright.samples.demo import demo_recipe
from tunewright.samples.inbox import tickets
from tunewright.samples.pretrained import HUB_ID, minilm

__all__ = ["HUB_ID", "SCHEME", "demo_recipe", "locate", "minilm", "tickets"]

SCHEME = "sample://"

_SAMPLES: dict[str, Callable[[], Path]] = {"minilm": minilm, "tickets": tickets}


def locate(name: str) -> Path:
    """The file or folder behind `sample://minilm` or `sample://tickets`.

    Raises:
        UserError: there is no sample of that name.
        MissingExtraError: the sample is in a package that is not installed.
    """
    sample = _SAMPLES.get(name.removeprefix(SCHEME))
    if sample is None:
        known = [f"{SCHEME}{each}" for each in _SAMPLES]
        hint = " ".join(filter(None, [near_miss(name, known), f"There are: {', '.join(known)}."]))
        raise UserError(f"There is no sample {name!r}. {hint}")
    return sample()
