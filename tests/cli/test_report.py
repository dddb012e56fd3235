"""tunewright report"""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def run(runs, tmp_path):
    return runs.copy("full", tmp_path / "run")


def test_report_and_card_are_written_from_the_records(typed, run):
    """After an update that draws them better, without training anew."""
    (run / "report.html").unlink()
    (run / "model" / "README.md").unlink()
    done = typed("report", run)
    assert done.status == 0
    assert str(run / "report.html") in done.out
    assert (run / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert (run / "model" / "README.md").is_file()


def test_json(typed, run):
    """Where the file is."""
    assert Path(typed("report", run, "--json").json["report"]) == run / "report.html"


def test_a_run_that_was_only_begun_has_a_report(typed, page, tmp_path):
    """To see the curves of a training that goes on, or failed."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "recipe.yaml").write_text(page.read_text(encoding="utf-8"), encoding="utf-8")
    assert typed("report", "run").status == 0
    assert (tmp_path / "run" / "report.html").is_file()
    assert not (tmp_path / "run" / "model").exists()


def test_what_is_no_run(typed, tmp_path, monkeypatch):
    """Nothing is written there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    for target in ("empty", "nothing"):
        done = typed("report", target)
        assert (done.status, done.out) == (2, "")
    assert list((tmp_path / "empty").iterdir()) == []
