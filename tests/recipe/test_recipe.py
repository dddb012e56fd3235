"""The recipe as a whole."""

from __future__ import annotations

import pytest

from tunewright.errors import RecipeError, UserError
from tunewright.recipe import Recipe
from tunewright.recipe.recipe import expand

FIELDS = {"model": "m", "data": {"train": "a.csv", "inputs": {"text": "t"}, "target": "y"}}


def test_page_and_python_give_the_same_recipe(read, minimal):
    """What works in a notebook must work as a page, and the other way round."""
    from_page = read(minimal)
    data = {"train": "reviews.csv", "inputs": {"text": "review"}, "target": "sentiment"}
    assert Recipe(model="sample://minilm", data=data, output="runs/recipe") == from_page


def test_the_run_is_named_after_the_page(read, minimal):
    """Two recipes in one folder must not write into one run."""
    assert read(minimal).output == "runs/recipe"
    assert read(minimal + "output: elsewhere\n").output == "elsewhere"
    assert read(minimal + "output: null\n").output is None


def test_all_problems_at_once_in_the_pages_order(read):
    """One problem a run would take an afternoon."""
    text = (
        "modell: m\n"
        "data:\n"
        "  train: a.csv\n"
        "  inputs: {text: t}\n"
        "  target: y\n"
        "  on_long: shorten\n"
        "training:\n"
        "  epochs: many\n"
        "  batch_size: 0\n"
        "method: lorra\n"
    )
    with pytest.raises(RecipeError) as caught:
        read(text)
    assert [problem.where for problem in caught.value.problems] == [
        "model",
        "modell (line 1)",
        "data.on_long (line 6)",
        "training.epochs (line 8)",
        "training.batch_size (line 9)",
        "method (line 10)",
    ]
    assert "tunewright schema" in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_from_python_without_lines(parts):
    """The same help in a notebook, where there is no page."""
    with pytest.raises(RecipeError) as caught:
        Recipe(**FIELDS, training={"epochs": "many"}, method=5)
    text = str(caught.value)
    assert text.startswith("The recipe cannot be used.\n")
    assert "training.epochs: is 'many', and should be a number" in text
    assert "line" not in text.partition("Every field")[0]


def test_ready_sections_and_parts_are_taken(parts):
    """From Python one builds with objects."""
    recipe = Recipe(**FIELDS, method=parts.LoRA(rank=2), evaluation=(parts.Latency(),))
    assert recipe.method.rank == 2
    with pytest.raises(RecipeError, match=r"method: is .*is a part, but not a method"):
        Recipe(**FIELDS, method=parts.Focal())
    with pytest.raises(RecipeError, match=r"training\.epochs: is -1"):
        Recipe(**FIELDS, method=parts.LoRA(rank=2), training={"epochs": -1})


def test_a_recipe_cannot_be_changed_and_can_be_hashed(parts):
    """What was checked is what runs."""
    recipe = Recipe(**FIELDS)
    with pytest.raises(Exception, match="frozen"):
        recipe.model = "other"
    assert hash(recipe) == hash(Recipe(**FIELDS))


def test_files_are_found_beside_the_page_first(read, minimal, tmp_path, monkeypatch):
    """A recipe that is run from another folder must read the same data."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    recipe = read(minimal)
    (elsewhere / "reviews.csv").write_text("here")
    assert recipe.locate("reviews.csv") == (elsewhere / "reviews.csv").resolve()
    (tmp_path / "reviews.csv").write_text("beside the page")
    assert recipe.locate("reviews.csv") == (tmp_path / "reviews.csv").resolve()
    assert recipe.locate(str(elsewhere / "reviews.csv")) == (elsewhere / "reviews.csv").resolve()
    assert recipe.folder_of_page == tmp_path.resolve()


def test_a_missing_file_says_where_it_was_looked_for(read, minimal, tmp_path):
    """`No such file: reviews.csv` leaves open which folder was meant."""
    recipe = read(minimal)
    (tmp_path / "review.csv").write_text("x")
    with pytest.raises(UserError) as caught:
        recipe.locate("reviews.csv")
    assert "There is no file 'reviews.csv'. Did you mean 'review.csv'?" in str(caught.value)
    assert str(tmp_path / "reviews.csv") in str(caught.value)
    with pytest.raises(UserError, match=r"There is no file 'no/such/folder/x\.csv'"):
        recipe.locate("no/such/folder/x.csv")


def test_a_home_folder_is_understood(read, minimal, tmp_path, monkeypatch):
    """`~` is the shell's, and a recipe is not read by one."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mine.csv").write_text("x")
    assert read(minimal).locate("~/mine.csv") == (tmp_path / "mine.csv").resolve()


@pytest.mark.parametrize("name", ["~nobody_of_this_name/x.csv", "x" * 5000, "a\0b"])
def test_what_is_no_path_is_a_users_error(read, minimal, name):
    """RuntimeError, OSError and ValueError lie in wait here."""
    with pytest.raises(UserError):
        read(minimal).locate(name)


def test_environment_variables(monkeypatch, read, minimal, tmp_path):
    """Clusters keep data where a variable says."""
    monkeypatch.setenv("TW_FOLDER", str(tmp_path))
    monkeypatch.delenv("TW_UNSET", raising=False)
    monkeypatch.setenv("TW_EMPTY", "")
    (tmp_path / "d.csv").write_text("x")
    assert read(minimal).locate("${TW_FOLDER}/d.csv") == (tmp_path / "d.csv").resolve()
    assert expand("${TW_UNSET:-there}/x") == "there/x"
    assert expand("${TW_UNSET:-}x") == "x"
    assert expand("${TW_EMPTY:-default}") == "default"
    assert expand("a${TW_UNSET:-1}b${TW_UNSET:-2}c") == "a1b2c"
    assert expand("$HOME {x} $") == "$HOME {x} $"
    with pytest.raises(UserError, match=r"needs the environment variable TW_UNSET, which is not set\.\n +Type: export"):
        expand("${TW_UNSET}/x")


def test_a_changed_recipe_is_checked_again(read, minimal):
    """A search changes fields by code, and must not get past the rules."""
    recipe = read(minimal)
    assert recipe.changed(method="lora").method.rank == 8
    assert recipe.changed(method="lora").folder_of_page == recipe.folder_of_page
    assert recipe.method.kind == "full"
    with pytest.raises(RecipeError, match="lorra"):
        recipe.changed(method="lorra")


def test_an_absolute_recipe_works_from_any_folder(read, minimal, tmp_path, monkeypatch):
    """The copy in a run's folder is read from there."""
    (tmp_path / "reviews.csv").write_text("x")
    (tmp_path / "test.csv").write_text("x")
    text = minimal.replace("target:", "test: test.csv\n  validation: 20%\n  target:")
    recipe = read(text).absolute(training={"learning_rate": 1e-4})
    monkeypatch.chdir("/")
    assert recipe.data.train == str((tmp_path / "reviews.csv").resolve())
    assert recipe.data.test == str((tmp_path / "test.csv").resolve())
    assert recipe.data.validation == 0.2
    assert recipe.model == "sample://minilm"
    assert recipe.training.learning_rate == 1e-4
    assert read(minimal.replace("reviews.csv", "hub://x")).absolute().data.train == "hub://x"
    assert read(minimal.replace("sample://minilm", "some/model")).absolute().model == "some/model"
