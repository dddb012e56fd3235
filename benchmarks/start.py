"""Seconds from the command to the first optimizer step, in fresh processes: the first run and the second.

    python -m benchmarks.start [--work NAME] [--rows N] [--repeats N]

The command is a user's own, `tunewright train RECIPE`. The first step has been made when its line stands in the run's
journal. The first run finds an empty cache (TUNEWRIGHT_CACHE), the second finds what the first has left. Compiled Python
files and the machine's page cache are left as they are. Beside it stands what a new process pays for imports.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.comparison import spread
from benchmarks.processes import end_with_children, environment, say, tail
from benchmarks.results_line import FOLDER, ROOT, append_line
from benchmarks.work import METHODS, WORKS, Work, recipe_fields

__all__ = ["first_step_seconds", "main"]

_WAIT = 0.005
_LONGEST = 900.0
_IMPORTS = "import torch, transformers, peft, tunewright.pipeline"
_SHEET = "import json; from tunewright.models.device import machine_sheet; print(machine_sheet().model_dump_json())"


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    named = [name for name, work in WORKS.items() if work.learns]
    parser.add_argument("--work", choices=named, default="tickets")
    parser.add_argument("--method", choices=tuple(METHODS), default="full")
    parser.add_argument("--rows", type=int, help="training rows, instead of the workload's")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--results", type=Path, default=FOLDER, help="where the line of JSON goes")
    options = parser.parse_args(arguments)
    end_with_children()
    work = WORKS[options.work].sized(False, options.rows)
    found: dict[str, list[float]] = {"first": [], "second": [], "imports": []}
    for _ in range(options.repeats):
        with tempfile.TemporaryDirectory(prefix="start-") as scratch:
            for name in ("first", "second"):
                found[name].append(first_step_seconds(work, options.method, Path(scratch), name))
                say(f"{name} run: {found[name][-1]:.2f} s to the first step")
            found["imports"].append(_import_seconds(_cached(Path(scratch))))
    shown = {name: spread(values) for name, values in found.items()}
    for name, figures in shown.items():
        print(f"{name:>8}: median {figures['median']:.2f} s, from {figures['min']:.2f} to {figures['max']:.2f}")
    sheet = subprocess.run(
        [sys.executable, "-c", _SHEET], env=environment(), capture_output=True, check=True, text=True
    )
    machine = json.loads(sheet.stdout)
    figures = {"work": work.name, "method": options.method, "rows": work.rows, "seconds": shown}
    print("written to", append_line("start", figures, machine, options.results))


def first_step_seconds(work: Work, method: str, folder: Path, name: str) -> float:
    """Run the command once, up to its first step.

    Args:
        work: the workload.
        method: a name in METHODS.
        folder: of recipes, runs and the cache.
        name: of this run.

    Raises:
        RuntimeError: it ended, or took 15 minutes, without a step.
    """
    fields: dict[str, Any] = recipe_fields(work, method, 0, work.model) | {"output": str(folder / f"run-{name}")}
    fields["training"] |= {"max_steps": 1}
    page, log = folder / f"{name}.yaml", folder / f"{name}.log"
    page.write_text(json.dumps(fields), encoding="utf-8")  # JSON is YAML
    journal = folder / f"run-{name}" / "journal.jsonl"
    with log.open("w", encoding="utf-8") as stream:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "tunewright", "train", str(page)],
            cwd=ROOT, env=_cached(folder), stdout=stream, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            while not _has_step(journal):
                if process.poll() is not None or time.perf_counter() - began > _LONGEST:
                    raise RuntimeError(f"no step was made: {tail(log)}")
                time.sleep(_WAIT)
            seconds = time.perf_counter() - began
            process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    return seconds


def _has_step(journal: Path) -> bool:
    try:
        return b'"event": "step"' in journal.read_bytes()
    except FileNotFoundError:
        return False


def _cached(folder: Path) -> dict[str, str]:
    """An environment whose cache is in `folder`."""
    return environment() | {"TUNEWRIGHT_CACHE": str(folder / "cache")}


def _import_seconds(given: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", _IMPORTS], env=given, cwd=ROOT, check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
