"""The loop's own cost."""

from __future__ import annotations

from pathlib import Path

from benchmarks.overhead import measured
from benchmarks.work import Work


def test_a_bare_step_is_computed_beside_every_step(tiny_work: Work, tmp_path: Path) -> None:
    """Danger: the engine changes, and the bare step is no longer the same work, or cannot be found."""
    found = measured(tiny_work, "full", tmp_path)
    assert found["steps"] == 27 - 3 - 2  # three of warm-up, and the first of two later epochs
    for figures in (found["wall"], found["cpu"]):
        assert figures["loop_ms"] > 0 and figures["bare_ms"] > 0
        # by the token, and a bare step is one of a later epoch, with about as many
        assert abs(figures["loop_ms"] / figures["bare_ms"] / (1 + figures["overhead"]) - 1) < 0.2
