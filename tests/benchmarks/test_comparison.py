"""Ratios, and when they count."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.comparison import compared, lines


def run(rate: float, accuracy: float) -> dict[str, Any]:
    names = ("tokens_per_second", "computed_tokens_per_second", "samples_per_cpu_second", "loop_seconds",
             "before_seconds", "warm_up_seconds", "peak_bytes", "steps", "steps_counted", "samples")  # fmt: skip
    return {
        "figures": dict.fromkeys(names, 10.0) | {"samples_per_second": rate},
        "flops_per_second": 5e9,
        "precision": "bf16",
        "load_average": 0.1,
        "quality": {"accuracy": accuracy, "loss": 0.5},
        "test_rows": 400,
    }


def test_the_ratio_is_of_each_pair() -> None:
    """Danger: the best of one side against the worst of the other, minutes apart."""
    found = compared([(run(8, 0.9), run(4, 0.9)), (run(30, 0.9), run(10, 0.9))], [1e10, 2e10], learns=True)
    assert found["ratio"] == {"median": 2.5, "min": 2.0, "max": 3.0}
    assert found["ours"]["mfu"]["median"] == pytest.approx(0.25)


@pytest.mark.parametrize(("ours", "counts"), [(0.90, True), (0.88, True), (0.80, False), (0.95, True)])
def test_a_faster_run_that_learns_less_does_not_count(ours: float, counts: bool) -> None:
    """Danger: speed bought with quality."""
    found = compared([(run(8, ours), run(4, 0.90))], [1e10], learns=True)
    assert found["quality"]["counts"] is counts
    assert ("does NOT count" in lines(found)[-1]) is not counts


def test_random_weights_are_not_judged() -> None:
    """Danger: the accuracy of a random model is shown as if it meant something."""
    found = compared([(run(8, 0.5), run(4, 0.5))], [1e10], learns=False)
    assert "quality" not in found
    assert "not compared" in lines(found)[-1]
