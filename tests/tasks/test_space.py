"""The meaning of outputs, and reading it back from a saved model."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from types import SimpleNamespace

import pytest

from tunewright.tasks import Space


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        ("single_label_classification", "classes"),
        ("multi_label_classification", "labels"),
        ("regression", "number"),
    ],
)
def test_a_saved_model_says_its_space(problem: str, kind: str) -> None:
    """Danger: several labels read as one of several, and probabilities that are made to sum to 1."""
    config = SimpleNamespace(problem_type=problem, id2label={1: "b", 0: "a"})
    space = Space.of_config(config)
    assert space.kind == kind
    assert space.names == ("a", "b"), "by index, not in the order of the file"
    assert (space.mean, space.scale) == (0.0, 1.0)
    assert len(space.counts) == 2


def test_names_are_text() -> None:
    """Danger: label 7 of a JSON file, a number, which is not the label `7`."""
    space = Space.of_config(SimpleNamespace(problem_type="single_label_classification", id2label={0: 7, 1: "007"}))
    assert space.names == ("7", "007")


def test_a_space_does_not_change() -> None:
    """Danger: names put in another order halfway through a run."""
    with pytest.raises(FrozenInstanceError):
        Space("classes", ("a",)).names = ("b",)  # type: ignore[misc]
