"""`check` says all that can be known before training, and writes nothing."""

from __future__ import annotations

import pytest
from tiny_runs import Watcher, review_columns, write_csv

import tunewright
from tunewright.errors import RecipeError
from tunewright.pipeline.checking import check


def test_the_audit_has_lengths_and_a_forecast(placed, tmp_path):
    """These two need the model; without them the user learns the cost by paying it."""
    watcher = Watcher()
    audit = check(placed(), watcher)
    assert audit.lengths is not None
    assert audit.lengths.rows == 64
    assert audit.forecast is not None
    assert audit.forecast.steps == 15
    assert watcher.phases == ["Reading the data", "Encoding"]
    assert not (tmp_path / "run").exists()
    assert tunewright.check is check


def test_rows_at_fault_are_reported_not_raised(placed, tmp_path):
    """A check that stops at the first fault is run as often as there are faults."""
    recipe = placed()
    columns = review_columns()
    columns["mood"][3] = ""
    columns["review"][5] = " "
    write_csv(tmp_path / "reviews.csv", columns)
    found = {finding.code: finding for finding in check(recipe).errors}
    assert set(found) == {"unlabelled", "empty_input"}
    assert found["unlabelled"].places[0].line == 5
    assert found["empty_input"].places[0].line == 7


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"training__select_by": "acuracy"}, "training.select_by"),
        ({"method": {"kind": "freeze", "layers": 3}}, "method.layers"),
        ({"method": {"kind": "lora", "target_modules": ["querry"]}}, "method.target_modules"),
        ({"training__precision": "fp16"}, "training.precision"),
        ({"data__max_length": 600}, "data.max_length"),
        (
            {"task": {"kind": "classify", "loss": {"kind": "focal", "class_weights": {"hapy": 2.0}}}},
            "task.loss.class_weights.hapy",
        ),
    ],
)
def test_what_only_the_model_can_tell_is_found_too(placed, changes, where):
    """A recipe that passes the check and fails after a minute of training was not checked."""
    with pytest.raises(RecipeError) as caught:
        check(placed(**changes))
    assert [problem.where for problem in caught.value.problems] == [where]
