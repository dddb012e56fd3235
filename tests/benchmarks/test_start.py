"""Time to the first step."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.start import first_step_seconds
from benchmarks.work import Work


@pytest.mark.slow
def test_the_first_step_of_the_command_is_seen(tiny_work: Work, tmp_path: Path) -> None:
    """Danger: the journal's step is renamed, and the benchmark waits for ever."""
    assert first_step_seconds(tiny_work, "full", tmp_path, "first") > 0.0


def test_a_command_that_fails_is_no_measurement(tiny_work: Work, tmp_path: Path) -> None:
    """Danger: the time to an error is reported as the time to the first step."""
    tiny_work.data["train"] = str(tmp_path / "nowhere.csv")  # type: ignore[index]
    with pytest.raises(RuntimeError, match="no step"):
        first_step_seconds(tiny_work, "full", tmp_path, "first")
