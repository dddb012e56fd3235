"""What `predict` writes beside a row."""

from __future__ import annotations

from tunewright.tasks import Prediction


def test_a_label_comes_with_its_probability() -> None:
    """Danger: a column that changes its name, and every script that reads it stops."""
    said = Prediction("a", 0.75, {"a": 0.75, "b": 0.25})
    assert said.cells() == {"label": "a", "probability": 0.75}
    assert said.cells(probabilities=True) == {
        "label": "a", "probability": 0.75, "probability of a": 0.75, "probability of b": 0.25,
    }  # fmt: skip


def test_a_number_has_no_probability() -> None:
    """Danger: an empty probability beside a price, read as 0."""
    assert Prediction("4.5", None, {}, 4.5).cells(probabilities=True) == {"value": 4.5}


def test_a_written_text_stands_under_its_own_name() -> None:
    """Danger: a translation in a column called label."""
    cells = Prediction("你好", 0.25, {}, written="你好").cells()
    assert cells == {"written": "你好", "probability": 0.25}
