"""A model measured on rows it has learned looks perfect: what would lead there is refused."""

from __future__ import annotations

import pytest
from tiny_runs import review_columns, write_csv

from tunewright.errors import DataError, RecipeError
from tunewright.pipeline.prepare import prepare
from tunewright.pipeline.provenance import begun
from tunewright.pipeline.remeasure import refuse_other_rows, refuse_other_training
from tunewright.training.observer import Silent


@pytest.fixture
def trained(placed):
    return placed()


@pytest.mark.parametrize(
    "changes",
    [
        {"data__test": "other.csv"},
        {"data__validation": None},
        {"evaluation": ["memory"]},
        {"training__threads": 2},
        {"training__token_budget": 64},
        {"training__precision": "bf16"},
        {"data__encoding": "gb18030"},
        {},
    ],
    ids=lambda changes: "-".join(changes) or "nothing",
)
def test_other_rows_and_other_measures_are_what_it_is_for(trained, placed, changes):
    """`evaluate RUN data.test=new.csv` is the command of the guide."""
    refuse_other_training(trained, placed(**changes))


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"training__seed": 5}, "training.seed"),
        ({"data__train": "more.csv"}, "data.train"),
        ({"data__target": "marks"}, "data.target"),
        ({"data__inputs": {"text": "place"}}, "data.inputs.text"),
        ({"data__limit": 10}, "data.limit"),
        ({"data__group": "place"}, "data.group"),
        ({"data__max_length": 8}, "data.max_length"),
        ({"task": "regress"}, "task.kind"),
        ({"model": "./other"}, "model"),
        ({"data__test": 0.3}, "data.test"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_would_measure_something_else_is_refused(trained, placed, changes, where):
    """Another seed draws another split, and training rows come up as test rows: 100%, and nobody wonders."""
    with pytest.raises(RecipeError) as caught:
        refuse_other_training(trained, placed(**changes))
    assert where in {problem.where for problem in caught.value.problems}
    assert "data.test" in caught.value.advice


@pytest.fixture
def measured(placed, tmp_path):
    """(what is prepared now, the provenance and the space of the training)."""
    before = prepare(placed(), Silent())
    provenance = begun(before, "2026-01-01T00:00:00+00:00")

    def again(columns=None, **changes):
        if columns is not None:
            write_csv(tmp_path / "reviews.csv", columns)
        return prepare(placed(**changes), Silent()), provenance, before.space

    return again


def test_unchanged_rows_are_measured(measured):
    """The usual case must stay free of questions."""
    refuse_other_rows(*measured())


def test_rows_that_were_held_out_must_be_the_same_ones(measured):
    """One row more in the file, and the draw of 20% is another one."""
    columns = review_columns()
    changed = {name: [*cells, cells[0]] for name, cells in columns.items()}
    changed["review"][-1] = "a film"
    with pytest.raises(DataError, match="held out of training") as caught:
        refuse_other_rows(*measured(changed))
    assert "reviews.csv" in str(caught.value)


def test_a_test_file_of_its_own_does_not_hang_on_the_training_file(measured, tmp_path):
    """There the draw does not matter."""
    columns = review_columns()
    write_csv(tmp_path / "new.csv", review_columns(rows=20, seed=9))
    columns["place"][0] = "violet"
    refuse_other_rows(*measured(columns, data__test="new.csv"))


def test_labels_must_be_those_of_the_model(measured):
    """Labels sorted anew would shift every index: by name they differ, by number nobody sees it."""
    columns = review_columns()
    columns["mood"] = [{"happy": "glad"}.get(mood, mood) for mood in columns["mood"]]
    with pytest.raises(DataError) as caught:
        refuse_other_rows(*measured(columns))
    said = {problem.where: problem.what for problem in caught.value.problems}
    assert "stands in no training row now" in said["happy"]
    assert "does not know it" in said["glad"]
