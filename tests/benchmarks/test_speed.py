"""The suite's order, what it keeps, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks import speed
from benchmarks.processes import MeasurementFailed
from benchmarks.work import Work

Job = dict[str, Any]


class Machine:
    """Stands for the processes: keeps what was asked of it, and fails when told to."""

    def __init__(self) -> None:
        self.done: list[tuple[str, int]] = []
        self.fails_at = -1
        self.rows: Callable[[str], str] = lambda side: "same"

    def trained(self, job: Job, out: Path, timeout: float | None = None) -> Job:
        if out.is_file():
            kept: Job = json.loads(out.read_text())
            return kept
        if len(self.done) == self.fails_at:
            raise MeasurementFailed("stopped")
        self.done.append((job["side"], job["seed"]))
        names = ("samples_per_second", "tokens_per_second", "computed_tokens_per_second", "samples_per_cpu_second",
                 "loop_seconds", "before_seconds", "warm_up_seconds", "peak_bytes", "steps", "steps_counted",
                 "samples")  # fmt: skip
        found = {
            "figures": dict.fromkeys(names, 2.0), "flops_per_second": 1.0, "precision": "bf16", "load_average": 0.0,
            "quality": {"accuracy": 0.9, "loss": 0.1}, "test_rows": 24, "rows": self.rows(job["side"]),
            "machine": {"cpu": "none"}, "packages": {}, "matmul_peak": 4.0,
        }  # fmt: skip
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(found))
        return found


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    found = Machine()
    monkeypatch.setattr(speed, "trained", found.trained)
    return found


def options(folder: Path, *more: str) -> Any:
    return speed._options(["--folder", str(folder / "kept"), "--results", str(folder / "results"), *more])


def test_the_sides_alternate_and_share_their_seed(machine: Machine, tiny_work: Work, tmp_path: Path) -> None:
    """Danger: the machine grows warm or busy, and one side always meets it first."""
    speed.compare(tiny_work, "full", "a", options(tmp_path, "--repeats", "2"))
    assert machine.done == [("ours", 0), ("trainer", 0), ("peak", 0), ("trainer", 1), ("ours", 1), ("peak", 1)]
    line = json.loads((tmp_path / "results" / "speed.jsonl").read_text())
    assert line["ratio"]["median"] == 1.0 and line["point"]["name"] == "guide" and line["machine"] == {"cpu": "none"}


def test_a_stopped_suite_goes_on_with_the_pair(machine: Machine, tiny_work: Work, tmp_path: Path) -> None:
    """Danger: hours are lost; or a pair whose halves are hours apart is taken for one."""
    machine.fails_at = 4
    with pytest.raises(MeasurementFailed):
        speed.compare(tiny_work, "full", "a", options(tmp_path, "--repeats", "2"))
    machine.fails_at, machine.done = -1, []
    speed.compare(tiny_work, "full", "a", options(tmp_path, "--repeats", "2"))
    assert machine.done == [("trainer", 1), ("ours", 1), ("peak", 1)]
    speed.compare(tiny_work, "full", "a", options(tmp_path, "--repeats", "2"))
    assert len((tmp_path / "results" / "speed.jsonl").read_text().splitlines()) == 1, "written once"


def test_other_rows_are_refused(machine: Machine, tiny_work: Work, tmp_path: Path) -> None:
    """Danger: a ratio of two different trainings."""
    machine.rows = lambda side: side
    with pytest.raises(MeasurementFailed, match="other rows"):
        speed.compare(tiny_work, "full", "a", options(tmp_path))


def test_one_failure_does_not_end_the_suite(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Danger: a night's measurements end at the first that does not work; or its failure is not seen at the end."""
    seen: list[tuple[str, str, str]] = []

    def compare(work: Work, method: str, peer: str, _: Any) -> Job:
        seen.append((work.name, method, peer))
        if method == "full":
            raise MeasurementFailed("no room")
        return {}

    monkeypatch.setattr(speed, "compare", compare)
    monkeypatch.setattr(speed, "end_with_children", lambda: None)
    assert speed.main(["--work", "tickets", "--peer", "all"]) == 1
    assert len(seen) == 6
    assert speed.main(["--work", "tickets", "--method", "lora"]) == 0
