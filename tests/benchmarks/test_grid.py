"""The search for the peer's best setting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.grid import best_point, expected_seconds, micro_batches
from benchmarks.point import Point
from benchmarks.processes import MeasurementFailed
from benchmarks.work import Work

RATES = {"micro-1": 3.0, "micro-2": 6.0, "micro-4": 5.0, "micro-2-compiled": 9.0}


def measure(job: dict[str, Any], out: Path, timeout: float | None) -> dict[str, Any]:
    point = Point(**job["point"])
    if point.name not in RATES:
        raise MeasurementFailed("no room")
    return {
        "figures": {"warm_up_seconds": 60.0},
        "settled_samples_per_second": RATES[point.name],
        "point": point.record(),
    }


def test_compiling_is_chosen_when_its_cost_comes_back(tiny_work: Work, tmp_path: Path) -> None:
    """Danger: the peer is shown slower than it can be, or its compiling is forgotten."""
    long, shown = best_point(tiny_work, {}, tmp_path, 1e5, measure)
    assert long.name == "micro-2-compiled"
    short, _ = best_point(tiny_work, {}, tmp_path, 100, measure)
    assert short.name == "micro-2"
    assert [point["point"] for point in shown if "failed" in point] == ["micro-8"]


def test_nothing_that_works_is_an_error(tiny_work: Work, tmp_path: Path) -> None:
    """Danger: a peer that cannot run is reported as slow."""

    def broken(*_: object) -> dict[str, Any]:
        raise MeasurementFailed("broken")

    with pytest.raises(MeasurementFailed, match="no point"):
        best_point(tiny_work, {}, tmp_path, 100, broken)


def test_the_grid_makes_up_the_batch_exactly() -> None:
    """Danger: a micro-batch of 32 for a batch of 16 trains something else."""
    assert micro_batches(16) == [1, 2, 4, 8, 16]
    assert micro_batches(24) == [1, 2, 4, 8]


def test_only_a_compiled_point_pays_before_it_settles() -> None:
    """Danger: a slow first step of a probe, made long by another process, decides the grid."""
    found = {"figures": {"warm_up_seconds": 60.0}, "settled_samples_per_second": 2.0, "point": Point(2).record()}
    assert expected_seconds(found, 100) == 50.0
    assert expected_seconds(found | {"point": Point(2, compiled=True).record()}, 100) == 110.0
