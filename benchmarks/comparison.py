"""From the figures of pairs to what is printed and kept: the ratio and its spread, and whether it counts."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["compared", "lines", "one_side", "spread"]

Run = Mapping[str, Any]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, least and greatest."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def compared(
    pairs: Sequence[tuple[Run, Run]], peaks: Sequence[float], learns: bool, figure: str = "accuracy"
) -> dict[str, Any]:
    """What pairs of (ours, peer) amount to.

    Args:
        pairs: figures of the two sides of each repeat, which ran one after the other.
        peaks: bf16 operations a second measured in each repeat; the highest stands for the machine.
        learns: whether the quality means something.
        figure: the metric that tells, a share of the test rows or of what is in them.
    """
    ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    peak = max(peaks)

    def ratio(name: str) -> dict[str, float]:
        return spread([a["figures"][name] / b["figures"][name] for a, b in pairs])

    found: dict[str, Any] = {
        "repeats": len(pairs),
        "matmul_peak": peak,
        "ratio": ratio("samples_per_second"),
        "ratio_of_cpu_time": ratio("samples_per_cpu_second"),
        "ours": one_side(ours, peak),
        "peer": one_side(theirs, peak),
    }
    return found | ({"quality": _judged(ours, theirs, figure)} if learns else {})


def one_side(runs: Sequence[Run], peak: float) -> dict[str, Any]:
    """What all repeats of one side amount to."""
    names = ("samples_per_second", "tokens_per_second", "computed_tokens_per_second", "samples_per_cpu_second",
             "loop_seconds", "before_seconds", "warm_up_seconds", "peak_bytes", "steps", "steps_counted",
             "samples")  # fmt: skip
    found: dict[str, Any] = {name: spread([run["figures"][name] for run in runs]) for name in names}
    found["mfu"] = spread([run["flops_per_second"] / peak for run in runs])
    found["precision"] = sorted({run["precision"] for run in runs})
    found["load_average"] = max(run["load_average"] for run in runs)
    return found


def _judged(ours: Sequence[Run], theirs: Sequence[Run], figure: str) -> dict[str, Any]:
    """A faster run that learns less does not count: less by more than chance explains (two-sided, 95%).

    The interval takes the test sets of all repeats as one sample of each side. Both sides answer the same rows, so it
    is wider than it need be.
    """
    means = [statistics.fmean(run["quality"][figure] for run in runs) for runs in (ours, theirs)]
    rows = ours[0]["test_rows"]  # repeats share test rows: they are not counted as more of them
    error = 1.96 * math.sqrt(sum(p * (1 - p) for p in means) / rows)
    losses = [statistics.fmean(run["quality"]["loss"] for run in runs) for runs in (ours, theirs)]
    return {
        "figure": figure,
        "ours": {figure: means[0], "loss": losses[0]},
        "peer": {figure: means[1], "loss": losses[1]},
        "test_rows": rows,
        "difference": means[0] - means[1],
        "chance": error,
        "counts": means[0] - means[1] >= -error,
    }


def lines(found: Mapping[str, Any]) -> list[str]:
    """What is printed."""
    head = f"{'':>8} {'samples/s':>20} {'tokens/s':>9} {'computed':>9} {'MFU':>6} {'peak RSS':>9} {'loop':>8}"
    shown = [head]
    for name in ("ours", "peer"):
        side = found[name]
        rate = side["samples_per_second"]
        shown.append(
            f"{name:>8} {rate['median']:8.2f} ({rate['min']:.2f}-{rate['max']:.2f})".ljust(30)
            + f"{side['tokens_per_second']['median']:9,.0f} {side['computed_tokens_per_second']['median']:9,.0f}"
            + f" {side['mfu']['median']:6.1%} {side['peak_bytes']['max'] / 2**20:5,.0f} MiB"
            + f" {side['loop_seconds']['median']:6.0f} s"
        )
    ratio, cpu = found["ratio"], found["ratio_of_cpu_time"]
    shown.append(
        f"ratio of samples/s: median {ratio['median']:.2f}, from {ratio['min']:.2f} to {ratio['max']:.2f} in "
        f"{found['repeats']} repeats; of samples a CPU second: {cpu['median']:.2f}"
    )
    quality = found.get("quality")
    if quality is None:
        return [*shown, "quality: not compared, the weights are random"]
    figure = quality["figure"]
    verdict = "it counts" if quality["counts"] else "it does NOT count: ours learned less"
    return [
        *shown,
        f"{figure} on {quality['test_rows']} test rows: ours {quality['ours'][figure]:.3f}, peer "
        f"{quality['peer'][figure]:.3f}; difference {quality['difference']:+.3f}, chance explains "
        f"{quality['chance']:.3f}: {verdict}",
    ]
