"""Names of what a run leaves behind."""

from __future__ import annotations

import pytest

from tunewright.errors import UserError
from tunewright.records import RunFolder, write_json


def test_the_names_are_those_that_are_documented(tmp_path):
    """Scripts of others read these files."""
    folder = RunFolder(tmp_path)
    named = {
        folder.recipe: "recipe.yaml",
        folder.provenance: "provenance.json",
        folder.audit: "audit.json",
        folder.journal: "journal.jsonl",
        folder.checkpoints: "checkpoints",
        folder.checkpoint(120): "checkpoints/step-000120",
        folder.checkpoint(12_345_678): "checkpoints/step-12345678",
        folder.model: "model",
        folder.adapter: "adapter",
        folder.evaluation("quality"): "evaluation/quality.json",
        folder.verification: "evaluation/verification.json",
        folder.report: "report.html",
        folder.lock: ".lock",
        folder.tensorboard: "tensorboard",
    }
    for path, name in named.items():
        assert path == tmp_path / name
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_run_names_those_beside_it(tmp_path):
    """The typo is nearly always in the last word."""
    (tmp_path / "reviews").mkdir()
    (tmp_path / "reviews" / "recipe.yaml").write_text("x")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"There is no run .*review\. Runs beside it: reviews\.\n +Make one with"):
        RunFolder.open(tmp_path / "review")
    with pytest.raises(UserError, match=r"empty holds no run: it has no recipe\.yaml"):
        RunFolder.open(tmp_path / "empty")
    with pytest.raises(UserError, match="There is no run"):
        RunFolder.open(tmp_path / "no" / "such" / "folder")
    with pytest.raises(UserError, match="There is no run"):
        RunFolder.open(tmp_path / "reviews" / "recipe.yaml")
    assert RunFolder.open(tmp_path / "reviews").path == tmp_path / "reviews"


def test_a_run_is_finished_when_it_was_verified(tmp_path):
    """A model folder alone may be one that failed its check."""
    folder = RunFolder(tmp_path)
    assert not folder.finished
    folder.model.mkdir()
    (folder.model / "config.json").write_text("{}")
    assert not folder.finished
    write_json(folder.verification, {"checks": []})
    assert folder.finished
    (folder.model / "config.json").unlink()
    assert not folder.finished


def test_it_shows_its_path():
    """In a notebook, and in a test's failure."""
    assert repr(RunFolder("runs/x")) == "RunFolder('runs/x')"
