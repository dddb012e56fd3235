"""The fingerprint changes with all that decides a weight, and with nothing else."""

from __future__ import annotations

import pytest
from tiny_models import tiny_model_folder
from tiny_runs import review_columns, write_csv

from tunewright.pipeline.fingerprint import fingerprint
from tunewright.pipeline.prepare import prepare
from tunewright.training.observer import Silent


@pytest.fixture
def of(placed):
    return lambda **changes: fingerprint(prepare(placed(**changes), Silent()))


def test_the_same_recipe_has_the_same_fingerprint(of):
    """Otherwise no run could ever be resumed."""
    assert of() == of()
    assert len(of()) == 64


@pytest.mark.parametrize(
    "changes",
    [
        {"training__seed": 1},
        {"training__learning_rate": 6e-3},
        {"training__epochs": 4},
        {"training__batch_size": 4},
        {"training__weight_decay": 0.1},
        {"training__schedule": "cosine"},
        {"training__dropout": 0.2},
        {"training__average_power": 0.0},
        {"training__select_by": "loss"},
        {"task": {"kind": "classify", "loss": "focal"}},
        {"method": "lora"},
        {"method": {"kind": "freeze", "layers": 1}},
        {"data__max_length": 8},
        {"data__test": 0.3},
        {"data__validation": None},
        {"data__target": "marks"},
        {"data__inputs": {"text": "place"}},
        {"data__inputs": {"text": "review", "pair": "place"}},
        {"data__limit": 20},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_what_decides_the_weights_changes_it(of, changes):
    """Going on with other choices would mix two trainings without a trace."""
    assert of(**changes) != of()


@pytest.mark.parametrize(
    "changes",
    [
        {"training__keep_checkpoints": 5},
        {"training__checkpoint_every": 3},
        {"training__gradient_checkpointing": True},
        {"training__threads": 2},
        {"evaluation": ["memory"]},
        {"output": "elsewhere"},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_what_does_not_leaves_it(of, changes):
    """A run must not be lost for where its files stand."""
    assert of(**changes) == of()


@pytest.mark.parametrize("column", ["review", "mood"])
def test_one_cell_of_the_data_changes_it(of, tmp_path, column):
    """A corrected label, or one word, makes other data."""
    before, columns = of(), review_columns()
    columns[column][7] = {"happy": "angry", "angry": "happy"}.get(columns[column][7], "the end")
    write_csv(tmp_path / "reviews.csv", columns)
    assert of() != before


def test_a_column_that_is_not_read_does_not(of, tmp_path):
    """A new column of notes is no new data."""
    before = of()
    write_csv(tmp_path / "reviews.csv", review_columns() | {"note": ["x"] * 64})
    assert of() == before


def test_other_pretrained_weights_change_it(of, tmp_path):
    """The path is the same; the weights are not."""
    before = of()
    tiny_model_folder(tmp_path / "tiny", seed=3)
    assert of() != before
