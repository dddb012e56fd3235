"""The loop's own cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.overhead import measured
from benchmarks.work import Work


def test_a_bare_step_is_computed_beside_every_step(tiny_work: Work, tmp_path: Path) -> None:
    """Danger: the engine changes, and the bare step is no longer the same work, or cannot be found."""
    found = measured(tiny_work, "full", tmp_path)
    assert found["steps"] == 27 - 3 - 2  # three of warm-up, and the first of two later epochs
    loop, bare = found["loop_tokens"], found["bare_tokens"]
    assert bare > 0 and abs(loop / bare - 1) < 0.2  # a bare step is one of a later epoch, with about as many
    for figures in (found["wall"], found["cpu"]):
        assert figures["loop_ms"] > 0 and figures["bare_ms"] > 0
        by_the_token = (figures["loop_ms"] / loop) / (figures["bare_ms"] / bare)
        assert figures["overhead"] == pytest.approx(by_the_token - 1, abs=1e-9)
