"""Speed of training beside transformers' Trainer (with peft for LoRA), for the same work, in alternating processes.

    python -m benchmarks.speed [--work NAME] [--method NAME] [--peer a|b|all|none] [--repeats N] [--quick]

Peer `a` is what guides write: fp32, every row padded to 512, the batch as it is. Peer `b` is its best over a grid:
bf16, rows grouped by length, no attention dropout (as ours), micro-batches of 1 to 32 with accumulation to the same
batch, and torch.compile at the best of them with its cost counted. With `none` ours is set beside the machine's own
matrix products alone. Same rows (compared by their token ids), same first weights, seed, learning rate, schedule, batch
and epochs. The loop alone is timed, after three steps of warm-up; see `timeline.py` for what counts, `flops.py` for
MFU, `comparison.py` for when a ratio counts.

What is measured is kept in runs/benchmarks, by workload, method, peer, size, code and threads: a suite that was stopped
goes on with the next pair. Each finished comparison adds a line to benchmarks/results/speed.jsonl.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.comparison import compared, lines, one_side
from benchmarks.grid import best_point
from benchmarks.point import GUIDE, Point
from benchmarks.processes import MeasurementFailed, code_fingerprint, end_with_children, say, trained
from benchmarks.results_line import FOLDER, ROOT, append_line
from benchmarks.work import METHODS, WORKS, Work

__all__ = ["alone", "compare", "main"]


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for; 1 if any comparison failed."""
    options = _options(arguments)
    end_with_children()
    works = options.work or list(WORKS)
    peers = ("b", "a") if options.peer == "all" else (options.peer,)
    measure = alone if options.peer == "none" else compare
    todo = [
        (work, method, peer) for work in works for method in options.method or WORKS[work].methods for peer in peers
    ]
    failed = []
    for number, (name, method, peer) in enumerate(todo, start=1):
        work = WORKS[name].sized(options.quick, options.rows, options.epochs)
        say(f"[{number}/{len(todo)}] {name}, {method}, peer {peer}")
        try:
            measure(work, method, peer, options)
        except MeasurementFailed as error:
            failed.append(f"{name}, {method}, peer {peer}: {error}")
            say(f"  failed: {error}")
    for line in failed:
        say(f"FAILED {line}")
    return 1 if failed else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", action="append", choices=tuple(WORKS), help="may be repeated; all if left out")
    parser.add_argument(
        "--method", action="append", choices=tuple(METHODS), help="may be repeated; the workload's own if left out"
    )
    parser.add_argument("--peer", choices=("a", "b", "all", "none"), default="b")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="few hundred rows, two epochs")
    parser.add_argument("--rows", type=int, help="training rows, instead of the workload's")
    parser.add_argument("--epochs", type=float, help="instead of the workload's")
    parser.add_argument("--no-compile", action="store_true", help="leave torch.compile out of the grid")
    parser.add_argument("--fresh", action="store_true", help="measure anew what is kept")
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "benchmarks", help="where measurements are kept")
    parser.add_argument("--results", type=Path, default=FOLDER, help="where the line of JSON goes")
    return parser.parse_args(arguments)


def compare(work: Work, method: str, peer: str, options: argparse.Namespace) -> dict[str, Any]:
    """One comparison, from what is kept of it to its line in the results.

    Raises:
        MeasurementFailed: a side failed, or the sides had other rows.
    """
    code, threads = code_fingerprint(), os.environ.get("OMP_NUM_THREADS", "auto")
    size = f"{work.rows}x{work.epochs:g}"
    folder = options.folder / f"{work.name}-{method}-{peer}-{size}-{code}-t{threads}"
    if options.fresh:
        shutil.rmtree(folder, ignore_errors=True)
    job = {"method": method, "seed": 0, "models": str(options.folder / "models"), "measured": work.learns}
    point, grid = _point(work, job, peer, folder, compiled=not options.no_compile)
    pairs, peaks, machine = [], [], {}
    for repeat in range(options.repeats):
        began = time.monotonic()
        pair, peak = _pair(work, job | {"seed": repeat}, point, folder / f"pair-{repeat}", ours_first=repeat % 2 == 0)
        pairs.append(pair)
        peaks.append(peak)
        machine = pair[0]["machine"]
        rates = [side["figures"]["samples_per_second"] for side in pair]
        left = (time.monotonic() - began) * (options.repeats - repeat - 1) / 60
        rated = f"ours {rates[0]:.2f}, peer {rates[1]:.2f} samples/s, ratio {rates[0] / rates[1]:.2f}"
        say(f"  repeat {repeat + 1}: {rated}; about {left:.0f} min left")
    found = compared(pairs, peaks, work.learns, work.figure)
    for line in lines(found):
        print(f"    {line}", flush=True)
    kept = {"work": asdict(work) | {"data": Path(work.data["train"]).name}, "method": method, "peer": peer,
            "point": point.record() | {"name": point.name}, "grid": grid, "code": code,
            "packages": pairs[0][0]["packages"]} | found  # fmt: skip
    done = folder / f"result-of-{options.repeats}.json"
    if done.is_file():
        say(f"  measured before: {done}")
    else:
        say(f"  written to {append_line('speed', kept, machine, options.results)}")
        done.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    return kept


def alone(work: Work, method: str, peer: str, options: argparse.Namespace) -> dict[str, Any]:
    """Ours beside the machine's matrix products, measured in turn."""
    threads = os.environ.get("OMP_NUM_THREADS", "auto")
    folder = options.folder / f"{work.name}-{method}-{peer}-{work.rows}x{work.epochs:g}-{code_fingerprint()}-t{threads}"
    if options.fresh:
        shutil.rmtree(folder, ignore_errors=True)
    job = {"method": method, "models": str(options.folder / "models"), "measured": False, "work": asdict(work)}
    runs, peaks = [], []
    for repeat in range(options.repeats):
        described = job | {"seed": repeat, "point": GUIDE.record()}
        runs.append(trained(described | {"side": "ours"}, folder / f"alone-{repeat}.json"))
        peaks.append(trained(described | {"side": "peak"}, folder / f"peak-{repeat}.json")["matmul_peak"])
    found = {"matmul_peak": max(peaks), "repeats": len(runs), "ours": one_side(runs, max(peaks))}
    rate, mfu = found["ours"]["samples_per_second"], found["ours"]["mfu"]
    print(f"    ours {rate['median']:.2f} samples/s, MFU {mfu['median']:.1%} ({mfu['min']:.1%} to {mfu['max']:.1%})")
    kept = {"work": asdict(work) | {"data": Path(work.data["train"]).name}, "method": method, "peer": None} | found
    say(f"  written to {append_line('speed', kept, runs[0]['machine'], options.results)}")
    return kept


def _point(
    work: Work, job: dict[str, Any], peer: str, folder: Path, compiled: bool
) -> tuple[Point, list[dict[str, Any]]]:
    """The peer's setting, and how it was found."""
    if peer == "a":
        return GUIDE, []
    kept = folder / "grid" / "best.json"
    if kept.is_file():
        found = json.loads(kept.read_text(encoding="utf-8"))
        return Point(**found["point"]), found["grid"]
    say("  the Trainer's best setting, by short probes:")
    samples = work.rows * work.epochs
    point, grid = best_point(work, job, folder / "grid", samples, trained, compiled)
    kept.write_text(json.dumps({"point": point.record(), "grid": grid}), encoding="utf-8")
    say(f"  its best: {point.name}")
    return point, grid


def _pair(
    work: Work, job: dict[str, Any], point: Point, folder: Path, ours_first: bool
) -> tuple[tuple[dict[str, Any], dict[str, Any]], float]:
    """Both sides once, one after the other, and the machine's peak beside them.

    A pair that was stopped between its sides is measured anew: its halves would have seen two different machines.
    """
    whole = folder / "whole"
    if not whole.is_file():
        shutil.rmtree(folder, ignore_errors=True)
    described = job | {"work": asdict(work), "point": point.record()}
    sides: dict[str, dict[str, Any]] = {}
    for side in ("ours", "trainer") if ours_first else ("trainer", "ours"):
        sides[side] = trained(described | {"side": side}, folder / f"{side}.json")
    peak = trained(described | {"side": "peak"}, folder / "peak.json")["matmul_peak"]
    if sides["ours"]["rows"] != sides["trainer"]["rows"]:
        raise MeasurementFailed("the two sides had other rows, so no ratio of theirs means anything")
    samples = [sides[side]["figures"]["samples"] for side in ("ours", "trainer")]
    if samples[0] != samples[1]:
        raise MeasurementFailed(f"the two sides trained {samples[0]:.0f} and {samples[1]:.0f} samples")
    whole.touch()
    return (sides["ours"], sides["trainer"]), peak


if __name__ == "__main__":
    sys.exit(main())
