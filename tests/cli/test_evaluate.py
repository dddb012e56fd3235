"""tunewright evaluate"""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_runs import review_columns, write_csv

from tunewright.recipe import Recipe

QUALITY = "evaluation=[{kind: quality, resamples: 40, baselines: [majority]}]"


@pytest.fixture
def run(runs, tmp_path):
    return runs.copy("full", tmp_path / "run")


def test_a_run_is_measured_again_on_other_rows(typed, run, tmp_path):
    """Next month's rows, by the command of the guide."""
    write_csv(tmp_path / "new.csv", review_columns(rows=30, seed=5))
    done = typed("evaluate", run, f"data.test={tmp_path / 'new.csv'}", QUALITY, "--json")
    assert done.status == 0
    quality = done.json["evaluation"]["quality"]
    tuned = [m for m in quality["metrics"] if (m["name"], m["model"], m["split"]) == ("accuracy", "tuned", "test")]
    assert tuned[0]["n"] == 30
    assert done.err.splitlines()[0] == "Reading the data", "talk goes to standard error"


def test_rows_that_the_model_has_learned_are_told(typed, run, tmp_path):
    """Danger: a file with training rows in it is measured, and the report says that the model never saw them."""
    learned = Path(Recipe.read(run / "recipe.yaml").data.train).read_text(encoding="utf-8").splitlines()
    (tmp_path / "half.csv").write_text("\n".join(learned[:61]) + "\n", encoding="utf-8")
    before = typed("evaluate", run, QUALITY, "--json").json
    done = typed("evaluate", run, f"data.test={tmp_path / 'half.csv'}", QUALITY, "--json")
    assert done.status == 0, done.err
    quality = done.json["evaluation"]["quality"]
    assert quality["learned"] == 60 and "half.csv" in quality["source"]
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "the model has learned rows that it was measured on" in page and "half.csv" in page
    assert "never saw" not in page
    assert before["evaluation"]["quality"]["learned"] == 0 and before["evaluation"]["quality"]["source"] == ""
    validation = [m["n"] for m in quality["metrics"] if (m["split"], m["name"]) == ("validation", "accuracy")]
    again = before["evaluation"]["quality"]["metrics"]
    assert validation == [m["n"] for m in again if (m["split"], m["name"]) == ("validation", "accuracy")]


def test_a_file_that_was_not_measured_on_is_not_named(typed, run, tmp_path):
    """Danger: other validation rows, and a report that says that its figures are about them."""
    write_csv(tmp_path / "other.csv", review_columns(rows=30, seed=6))
    done = typed("evaluate", run, f"data.validation={tmp_path / 'other.csv'}", QUALITY, "--json")
    assert done.status == 0, done.err
    quality = done.json["evaluation"]["quality"]
    assert {m["split"] for m in quality["metrics"]} >= {"test"} and quality["source"] == ""


def test_the_figures_are_shown(typed, run):
    """The same table as after training."""
    done = typed("evaluate", run, QUALITY)
    assert done.status == 0
    assert "Accuracy" in done.out
    assert str(run / "report.html") in done.out


@pytest.mark.parametrize("override", ["training.seed=3", "training.epochs=9", "data.target=place", "data.test=30%"])
def test_what_is_about_the_training_cannot_be_changed(typed, run, override):
    """It would measure training rows, or be passed over."""
    done = typed("evaluate", run, override)
    assert (done.status, done.out) == (2, "")
    assert override.partition("=")[0] in done.err
    assert "data.test" in done.err


def test_a_run_that_is_not_there(typed, run, tmp_path, monkeypatch):
    """With those that are."""
    monkeypatch.chdir(tmp_path)
    done = typed("evaluate", "runn")
    assert done.status == 2
    assert "There is no run runn" in done.err
