"""What must not be mixed is refused: other data, another model, another recipe than a run was begun with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tiny_models import tiny_model_folder
from tiny_runs import leftovers, recipe_fields, review_columns, verified_in_process, weights, write_csv

from tunewright.errors import CheckpointError, RecipeError, UserError
from tunewright.pipeline import fit, train
from tunewright.training.state import Progress


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a run but its lock, to see that nothing was changed."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture
def moved(begun, tmp_path):
    """The begun run with data and model of its own, that a test may change; the recipe says where they are."""
    source = begun.folder.parent
    shutil.copytree(source / "tiny", tmp_path / "tiny")
    shutil.copy(source / "reviews.csv", tmp_path / "reviews.csv")
    recipe = begun.copy(tmp_path / "run")
    page = tmp_path / "run" / "recipe.yaml"
    page.write_text(page.read_text(encoding="utf-8").replace(str(source), str(tmp_path)), encoding="utf-8")
    data = recipe.data.model_dump(mode="json") | {"train": str(tmp_path / "reviews.csv")}
    return recipe.changed(model=str(tmp_path / "tiny"), data=data)


def test_the_run_goes_on_where_it_was_moved_to(moved, begun, tmp_path):
    """Without this, the refusals below could have any other cause."""
    begun.go_on(moved)
    assert weights(tmp_path / "run") == begun.expected


def test_other_data_is_refused(moved, tmp_path):
    """Rows changed under a run: old moments and best values would go on as if they were about the new rows."""
    columns = review_columns()
    columns["mood"][0] = "angry" if columns["mood"][0] == "happy" else "happy"
    write_csv(tmp_path / "reviews.csv", columns)
    before = content(tmp_path / "run")
    with pytest.raises(CheckpointError, match="other data, another pretrained model or another recipe"):
        train(moved, resume=True)
    assert content(tmp_path / "run") == before


def test_another_pretrained_model_is_refused(moved, tmp_path):
    """The frozen weights are not in a checkpoint; others in their place would fit in shape."""
    shutil.rmtree(tmp_path / "tiny")
    tiny_model_folder(tmp_path / "tiny", seed=1)
    with pytest.raises(CheckpointError, match="another pretrained model"):
        train(moved, resume=True)


def test_another_recipe_is_refused_field_by_field(moved, tmp_path):
    """The user sees which fields differ, with both values, instead of a hash that does not match."""
    training = moved.training.model_dump(mode="json") | {"epochs": 4.0, "learning_rate": 1e-3}
    before = content(tmp_path / "run")
    with pytest.raises(RecipeError) as caught:
        train(moved.changed(training=training, method="lora"), resume=True)
    problems = {problem.where: problem.what for problem in caught.value.problems}
    assert "4.0" in problems["training.epochs"]
    assert "3.0" in problems["training.epochs"]
    assert "0.005" in problems["training.learning_rate"]
    assert "method.kind" in problems
    assert "output" not in problems
    assert content(tmp_path / "run") == before


@pytest.mark.parametrize(
    "changes",
    [
        {"keep_checkpoints": 5},
        {"checkpoint_every": 3},
        {"learning_rate": None},
        {"trackers": []},
        {"gradient_checkpointing": True},
    ],
    ids=lambda c: next(iter(c)),
)
def test_what_leaves_every_weight_as_it_is_may_differ(moved, begun, tmp_path, changes):
    """A disk that fills up is no reason to start again."""
    training = moved.training.model_dump(mode="json") | changes
    said = begun.go_on(moved.changed(training=training))
    assert "Going on after step 9." in said.notes
    kept = {name: digest for name, digest in weights(tmp_path / "run").items() if name.startswith("model/")}
    assert kept == {name: digest for name, digest in begun.expected.items() if name.startswith("model/")}


def test_more_threads_are_taken_and_told(moved, begun, monkeypatch):
    """Sums in another order change the last bits: the promise of equal bytes ends there, and that is said."""
    monkeypatch.setattr(fit, "Progress", lambda **fields: Progress(**(fields | {"threads": 2})))
    said = begun.go_on(moved)
    assert any("2 CPU threads after 1" in note and "last bits" in note for note in said.notes)


@pytest.mark.parametrize("changed", ["target", "select_by", "method", "label column"])
def test_overwriting_destroys_nothing_before_the_new_recipe_holds(begun, tmp_path, changed):
    """A typo beside --overwrite must not cost the run that stood there."""
    recipe = begun.copy(tmp_path / "run")
    fields = recipe_fields(recipe.model, recipe.data.train, output=str(tmp_path / "run"))
    fields["data"]["train"] = str(begun.folder.parent / "reviews.csv")
    fields["model"] = str(begun.folder.parent / "tiny")
    if changed == "target":
        fields["data"]["target"] = "mod"
    elif changed == "select_by":
        fields["training"]["select_by"] = "acuracy"
    elif changed == "method":
        fields["method"] = {"kind": "freeze", "layers": 9}
    else:
        fields["task"] = "regress"
    before = content(tmp_path / "run")
    with pytest.raises(UserError) as caught:
        train(type(recipe)(**fields), overwrite=True)
    assert caught.value.exit_code == 2
    assert content(tmp_path / "run") == before


def test_overwriting_leaves_nothing_of_the_old_run(begun, tmp_path):
    """An old checkpoint, journal or adapter beside a new model would be resumed from, or reported."""
    recipe = begun.copy(tmp_path / "run")
    (tmp_path / "run" / "adapter").mkdir()
    (tmp_path / "run" / ".tmp-model-x").mkdir()
    with verified_in_process():
        train(recipe, overwrite=True)
    assert weights(tmp_path / "run") == begun.expected
    assert leftovers(tmp_path / "run") == []
