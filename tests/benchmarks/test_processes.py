"""Measurements in processes of their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.processes import MeasurementFailed, trained


def test_what_is_kept_is_not_measured_again(tmp_path: Path) -> None:
    """Danger: a suite that goes on starts from the beginning."""
    out = tmp_path / "ours.json"
    out.write_text(json.dumps({"figures": 1}))
    assert trained({"side": "nothing"}, out) == {"figures": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["ours.json"]


def test_a_failure_says_why_and_leaves_nothing_to_be_taken_for_figures(tmp_path: Path) -> None:
    """Danger: a crash reads as a measurement, or as nothing at all."""
    out = tmp_path / "ours.json"
    with pytest.raises(MeasurementFailed, match="KeyError"):
        trained({}, out)
    assert not out.exists()


def test_a_measurement_that_hangs_is_ended(tmp_path: Path) -> None:
    """Danger: one setting of the grid holds up the night."""
    with pytest.raises(MeasurementFailed, match="stopped after"):
        trained({"side": "peak"}, tmp_path / "peak.json", timeout=0.2)
