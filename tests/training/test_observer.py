"""Who looks on."""

from __future__ import annotations

import inspect

from tunewright.training.observer import Observer, Silent
from tunewright.training.step import Update


def _told() -> list[str]:
    return [name for name, value in vars(Observer).items() if inspect.isfunction(value) and not name.startswith("_")]


def test_the_silent_one_hears_everything() -> None:
    """Danger: an event that only some observers know, and a run without a terminal that stops at it."""
    for name in _told():
        ours, wanted = inspect.signature(getattr(Silent, name)), inspect.signature(getattr(Observer, name))
        assert list(ours.parameters) == list(wanted.parameters), name


def test_the_silent_one_says_nothing(capsys) -> None:
    """Danger: a line on standard output among the JSON of `--json`."""
    looks: Observer = Silent()
    update = Update(loss=1.0, grad_norm=1.0, rows=4, tokens=40, seconds=0.1)
    looks.phase("Reading")
    looks.progress(1, 2)
    looks.note("a note")
    looks.training_starts(0, 2)
    looks.step(1, 0.5, update, 1e-3)
    looks.validation(1, {"accuracy": 0.5}, "accuracy", True)
    looks.training_ends()
    assert capsys.readouterr() == ("", "")
    assert len(_told()) == 7
