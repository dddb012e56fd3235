"""The best setting of the Trainer for a workload, found by short probes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks.point import Point
from benchmarks.processes import MeasurementFailed, say
from benchmarks.work import Work

__all__ = ["best_point", "expected_seconds", "micro_batches", "probe_of"]

MICRO_BATCHES = (1, 2, 4, 8, 16, 32)
_PROBE_STEPS = 16
_SECONDS_A_PROBE = 1200.0

Measure = Callable[[dict[str, Any], Path, float | None], dict[str, Any]]


def micro_batches(batch_size: int) -> list[int]:
    """Those of the grid that make up the batch exactly."""
    return [size for size in MICRO_BATCHES if size <= batch_size and batch_size % size == 0]


def probe_of(work: Work) -> Work:
    """The workload for one pass over few rows: enough for groups of like length to be as usual, short to wait for."""
    return replace(work, rows=min(_PROBE_STEPS * work.batch_size, work.rows), epochs=1.0)


def expected_seconds(found: Mapping[str, Any], samples: float) -> float:
    """Of a whole training over `samples`, from a probe's: what came before it settled, and the rate it settled at."""
    figures, rate = found["figures"], found["settled_samples_per_second"]
    began = figures["warm_up_seconds"] if found["point"]["compiled"] else 0.0
    return float(began + samples / rate)


def best_point(
    work: Work, job: Mapping[str, Any], folder: Path, samples: float, measure: Measure, compiled: bool = True
) -> tuple[Point, list[dict[str, Any]]]:
    """Try every micro-batch, then torch.compile at the best; answers the point and what each probe showed.

    A point that fails, or takes more than 20 minutes, is written down and passed over.

    Args:
        work: at the size it will run at.
        job: of a measurement, without side, point and work.
        folder: where probes are kept.
        samples: that the full training passes over; decides whether compiling pays.
        measure: runs a job (`processes.trained`).
        compiled: whether to try torch.compile.

    Raises:
        MeasurementFailed: no point works.
    """
    shown: list[dict[str, Any]] = []
    best: tuple[float, Point] | None = None
    probe = asdict(probe_of(work))
    pending = [Point(size) for size in micro_batches(work.batch_size)]
    while pending:
        point = pending.pop(0)
        task = dict(job) | {"side": "trainer", "work": probe, "point": point.record(), "measured": False}
        try:
            found = measure(task, folder / f"{point.name}.json", _SECONDS_A_PROBE)
        except MeasurementFailed as error:
            say(f"    {point.name}: {error}")
            shown.append({"point": point.name, "failed": str(error)})
        else:
            seconds, rate = expected_seconds(found, samples), found["settled_samples_per_second"]
            say(f"    {point.name}: {rate:.2f} samples/s, the whole would take {seconds:.0f} s")
            shown.append({"point": point.name, "samples_per_second": rate, "expected_seconds": seconds})
            if best is None or seconds < best[0]:
                best = (seconds, point)
        if not pending and compiled and best is not None and not point.compiled:
            pending.append(replace(best[1], compiled=True))
    if best is None:
        raise MeasurementFailed("no point of the grid works")
    return best[1], shown
