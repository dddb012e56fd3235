"""What a RUN argument names."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_runs import place_run

from tunewright.cli.target import run_path
from tunewright.errors import UserError


def test_a_folder_is_itself(tmp_path):
    """Whether it holds a run is for the command to say."""
    assert run_path(str(tmp_path)) == tmp_path


def test_a_recipe_names_its_output(tmp_path, monkeypatch):
    """The folder that `train` writes to, given or by the name of the page."""
    monkeypatch.chdir(tmp_path)
    page = place_run(tmp_path)
    assert run_path(str(page)) == tmp_path / "run"
    place_run(tmp_path, output=None)
    assert run_path(str(page)) == Path("runs/reviews")


@pytest.mark.parametrize("target", ["nothing", "nothing.yaml", "reviews.csv"])
def test_neither(tmp_path, monkeypatch, target):
    """The runs that are here are listed, to be copied."""
    monkeypatch.chdir(tmp_path)
    place_run(tmp_path)
    (tmp_path / "runs" / "mine").mkdir(parents=True)
    (tmp_path / "runs" / "mine" / "recipe.yaml").touch()
    with pytest.raises(UserError) as caught:
        run_path(target)
    assert "runs/mine" in str(caught.value)
    assert "tunewright train RECIPE" in str(caught.value)
