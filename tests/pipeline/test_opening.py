"""What may be written into, and what may not be lost."""

from __future__ import annotations

import pytest

from tunewright.errors import RecipeError, UserError
from tunewright.pipeline.opening import clear_folder, open_folder, resolved
from tunewright.recipe import filled
from tunewright.records import RunFolder


@pytest.fixture
def begun(placed, tmp_path):
    """A folder that holds a run of the recipe, not finished."""
    recipe = placed()
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    folder.recipe.write_text(filled(recipe.absolute()), encoding="utf-8")
    return folder, recipe


def opened(folder, recipe, resume=False, overwrite=False):
    open_folder(folder, recipe, resume=resume, overwrite=overwrite)


def test_a_folder_that_is_not_there_is_not_made(placed, tmp_path):
    """A refusal that comes later must leave nothing behind."""
    opened(RunFolder(tmp_path / "a" / "b"), placed())
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("name", ["audit.json", "provenance.json", ".tmp-recipe.yaml-x", ".lock"])
def test_what_an_early_kill_leaves_is_no_obstacle(placed, tmp_path, name):
    """Killed before its recipe was written, a run must start again by the same command."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / name).write_text("{", encoding="utf-8")
    opened(RunFolder(tmp_path / "run"), placed())
    opened(RunFolder(tmp_path / "run"), placed(), resume=True)


@pytest.mark.parametrize("overwrite", [False, True])
def test_files_that_are_no_run_are_never_touched(placed, tmp_path, overwrite):
    """`output=.` beside --overwrite would empty a home directory."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "thesis.docx").write_text("years", encoding="utf-8")
    with pytest.raises(UserError, match=r"no run: thesis\.docx") as caught:
        opened(RunFolder(folder), placed(), overwrite=overwrite)
    assert "Nothing was changed" in str(caught.value)
    assert [path.name for path in folder.iterdir()] == ["thesis.docx"]


@pytest.mark.parametrize("output", ["taken", "taken/below"])
def test_a_file_in_the_way_is_a_users_error(placed, tmp_path, output):
    """Otherwise mkdir answers with a traceback."""
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(UserError, match="taken is a file"):
        opened(RunFolder(tmp_path / output), placed())


def test_a_run_is_not_written_over_unasked(begun):
    """The message names the three ways on."""
    with pytest.raises(UserError) as caught:
        opened(*begun)
    assert "a run that was not finished" in str(caught.value)
    assert all(way in str(caught.value) for way in ("--resume", "--overwrite", "output="))


def test_a_finished_run_is_called_so(begun):
    """Going on with it, or replacing it, is another decision then."""
    folder, recipe = begun
    folder.model.mkdir()
    (folder.model / "config.json").touch()
    folder.verification.parent.mkdir()
    folder.verification.touch()
    with pytest.raises(UserError, match="holds a finished run already"):
        opened(folder, recipe)


def test_asking_to_overwrite_changes_nothing_yet(begun):
    """The recipe is checked first; only then the old run goes."""
    folder, recipe = begun
    opened(folder, recipe, overwrite=True)
    assert folder.recipe.is_file()
    clear_folder(folder, overwrite=True)
    assert list(folder.path.iterdir()) == []


def test_the_recipe_goes_last(begun, monkeypatch):
    """Killed while it clears, the folder must still say that it is a run, or nobody may clear it any more."""
    folder, recipe = begun
    folder.model.mkdir()
    folder.checkpoints.mkdir()

    def killed(path):
        raise KeyboardInterrupt

    monkeypatch.setattr("shutil.rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        clear_folder(folder, overwrite=True)
    monkeypatch.undo()
    opened(folder, recipe, overwrite=True)
    clear_folder(folder, overwrite=True)
    assert list(folder.path.iterdir()) == []


def test_clearing_keeps_the_run_and_the_lock(begun):
    """What a killed process left goes; what it finished stays."""
    folder, _ = begun
    for name in (".lock", ".tmp-recipe.yaml-1", "journal.jsonl"):
        (folder.path / name).touch()
    (folder.path / ".tmp-model-2").mkdir()
    (folder.path / ".old-model-3" / "was").mkdir(parents=True)
    (folder.path / "evaluation").mkdir()
    (folder.path / "evaluation" / ".tmp-quality.json-4").touch()
    clear_folder(folder, overwrite=False)
    left = sorted(path.relative_to(folder.path).as_posix() for path in folder.path.rglob("*"))
    assert left == [".lock", "evaluation", "journal.jsonl", "model", "recipe.yaml"], (
        "the model that was moved aside is back"
    )


def test_the_same_recipe_may_go_on(begun):
    """By its relative paths as well as by the absolute ones in the run."""
    opened(*begun, resume=True)


def test_another_one_may_not(begun, placed):
    """Both values are shown for every field."""
    folder, _ = begun
    with pytest.raises(RecipeError) as caught:
        opened(folder, placed(training__batch_size=4, data__target="marks"), resume=True)
    assert {problem.where for problem in caught.value.problems} == {"training.batch_size", "data.target"}
    assert "is 4, and the run was begun with 8" in str(caught.value)


def test_the_learning_rate_in_force(begun, placed):
    """The recipe's; else that of the run to go on with; else the method's default, in three digits."""
    folder, recipe = begun
    silent = placed(training__learning_rate=None)
    assert resolved(recipe, 1.0) == 5e-3
    assert resolved(silent, 1.23456e-4) == 1.23e-4
    assert resolved(silent, 1.23456e-4, folder) == 5e-3
    assert resolved(placed(training__learning_rate=1e-3), 1.0, folder) == 1e-3
