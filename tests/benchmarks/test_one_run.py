"""Both sides for once, on a tiny model."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest
from tiny_runs import verified_in_process

from benchmarks.one_run import run_job
from benchmarks.point import GUIDE, Point
from benchmarks.work import METHODS, Work


@pytest.mark.parametrize("method", METHODS)
def test_both_sides_train_the_same_rows_and_learn(
    tiny_work: Work, tmp_path: Path, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Danger: a ratio of two trainings that are not the same work."""
    point = Point(4) if method != "full" else GUIDE
    job = {"work": asdict(tiny_work), "method": method, "seed": 0, "models": str(tmp_path), "measured": True}
    monkeypatch.setitem(METHODS, "freeze", {"kind": "freeze", "layers": 1})  # this model has two blocks
    with verified_in_process():
        ours = run_job(job | {"side": "ours"}, tmp_path)
    theirs = run_job(job | {"side": "trainer", "point": point.record()}, tmp_path)
    assert ours["rows"] == theirs["rows"]
    assert ours["figures"]["samples"] == theirs["figures"]["samples"] == 3 * 72
    assert ours["figures"]["steps"] == theirs["figures"]["steps"] == 27
    assert ours["flops"] == theirs["flops"]
    assert ours["test_rows"] == theirs["test_rows"] == 24
    assert (ours["figures"]["before_seconds"] > 0) is (method == "freeze"), "frozen layers are computed before the loop"
    for side in (ours, theirs):
        assert side["quality"]["accuracy"] > 0.6
        assert side["figures"]["tokens_per_second"] <= side["figures"]["computed_tokens_per_second"]
    assert not list(tmp_path.glob("training-*")), "what a training wrote is cleared away"
