from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from tunewright.evaluation import Probe
from tunewright.evaluation.latency import Latency
from tunewright.recipe import Recipe


def test_measured_prefers_rows_that_nothing_was_chosen_on(make_subject) -> None:
    """Figures on training rows that pass for test figures are the oldest lie of the field."""
    rows = (["good film", "bad film", "fine plot"], ["a", "b", "a"])
    assert make_subject("classify", rows, rows, rows).measured.name == "test"
    assert make_subject("classify", rows, rows, None).measured.name == "validation"
    assert make_subject("classify", rows, None, None).measured.name == "train"


def test_taken_rows_stay_together(subject) -> None:
    """Texts of some rows with the targets of others would be measured without a complaint."""
    some = subject.train.take(np.array([5, 2, 2]))
    assert len(some) == 3
    for position, row in enumerate((5, 2, 2)):
        assert some.table.columns["text"][position] == subject.train.table.columns["text"][row]
        assert some.truth[position] == subject.train.truth[row]
        assert some.encoded.lengths[position] == subject.train.encoded.lengths[row]
        assert some.table.place(position) == subject.train.table.place(row)


def test_probes_are_parts_of_a_recipe() -> None:
    """A probe that a recipe cannot name, or whose knobs it cannot check, is never run or run with a wrong knob."""
    data = {"train": "a.csv", "inputs": {"text": "text"}, "target": "label"}
    recipe = Recipe(model="m", data=data, evaluation=["quality", {"kind": "latency", "batch_sizes": [4]}, "memory"])
    assert [type(probe).__name__ for probe in recipe.evaluation] == ["Quality", "Latency", "Memory"]
    assert all(isinstance(probe, Probe) for probe in recipe.evaluation)
    assert recipe.evaluation[1].batch_sizes == (4,)
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        Latency(batch_sizes=(0,))
