"""Everything about a run in one object, for programs."""

from __future__ import annotations

from pathlib import Path

from tunewright.cli.records import run_records
from tunewright.records import RunFolder


def test_every_record_is_there_by_its_name(runs):
    """A script must not have to know the folder's layout."""
    run = runs("full")
    found = run_records(run.folder)
    assert Path(found["run"]) == run.folder.path
    assert Path(found["model"]) == run.folder.model
    assert Path(found["report"]).is_file()
    assert set(found["evaluation"]) == {"latency", "memory", "quality", "verification"}
    assert found["provenance"]["training"]["steps"] == 54
    assert found["audit"]["target"] == "mood"


def test_what_is_not_there_is_left_out(tmp_path):
    """A run that was begun has no report yet, and that is no error."""
    found = run_records(RunFolder(tmp_path))
    assert set(found) == {"run", "model", "evaluation"}
    assert found["evaluation"] == {}
