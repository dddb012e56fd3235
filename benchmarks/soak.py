"""Whether memory grows: many short trainings in one process, or the steps of one long training, of a tiny model.

    python -m benchmarks.soak [--trainings 40] [--steps 4000] [--method full]

Prints the resident memory as it goes, and its growth over the second half, by a straight line: the first half fills
caches. Takes minutes, and says nothing about models of a real size except that nothing is kept of them.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.results_file import append
from benchmarks.tiny_world import environment
from tunewright.pipeline import train
from tunewright.recipe import Recipe

POINTS = 20


def main() -> None:
    """Both, each in a fresh process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trainings", type=int, default=40)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--method", default="full", choices=("full", "lora"))
    parser.add_argument("--inside", choices=("trainings", "steps"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        with tempfile.TemporaryDirectory() as folder:
            count = getattr(options, options.inside)
            print(json.dumps({"trainings": _trainings, "steps": _steps}[options.inside](Path(folder), count, options)))
        return
    for what in ("trainings", "steps"):
        command = [sys.executable, "-m", "benchmarks.soak", "--inside", what, *sys.argv[1:]]
        done = subprocess.run(command, env=environment(), stdout=subprocess.PIPE, text=True, check=True)
        points = json.loads(done.stdout.splitlines()[-1])
        growth = _growth(points)
        print(f"{what} ({options.method}): " + "  ".join(f"{at}: {mebibytes:.1f} MiB" for at, mebibytes in points))
        print(f"  growth over the second half: {growth:+.2f} KiB for each of {what}")
        append("soak", {"what": what, "method": options.method, "mebibytes": points, "kibibytes_each": growth})


def _growth(points: list[tuple[int, float]]) -> float:
    """KiB for each training or step."""
    half = np.array(points[len(points) // 2 :])
    return round(float(np.polyfit(half[:, 0], half[:, 1], 1)[0]) * 1024, 3)


def _resident() -> float:
    """MiB, after what nobody holds any more is freed."""
    gc.collect()
    return round(psutil.Process().memory_info().rss / 2**20, 2)


def _recipe(folder: Path, method: str, **training: Any) -> Recipe:
    from tiny_runs import place_run  # noqa: PLC0415  on the path of the inner process alone

    fields = {"epochs": 3, "batch_size": 8, "learning_rate": 1e-3, "dropout": 0.1, "precision": "fp32", "threads": 1}
    return Recipe.read(place_run(folder, method=method, training=fields | training))


def _trainings(folder: Path, count: int, options: argparse.Namespace) -> list[tuple[int, float]]:
    from tiny_runs import verified_in_process  # noqa: PLC0415

    recipe = _recipe(folder, options.method)
    points = []
    with verified_in_process():
        for number in range(1, count + 1):
            train(recipe, overwrite=True)
            if number % max(1, count // POINTS) == 0:
                points.append((number, _resident()))
    return points


def _steps(folder: Path, count: int, options: argparse.Namespace) -> list[tuple[int, float]]:
    from tiny_runs import Watcher, verified_in_process  # noqa: PLC0415

    every = max(1, count // POINTS)
    # 5 steps an epoch; validated and saved seldom, as in a long run
    recipe = _recipe(
        folder, options.method, epochs=count / 5, validate_every=every, checkpoint_every=every, max_steps=count
    )
    points: list[tuple[int, float]] = []
    watcher = Watcher({at: lambda at=at: points.append((at, _resident())) for at in range(every, count + 1, every)})
    with verified_in_process():
        train(recipe, observer=watcher)
    return points


if __name__ == "__main__":
    main()
