"""The recipes of `examples/` on the public data that they name, as a user would run them: how good, and how long.

    python -m benchmarks.examples [NAME ...] [--data FOLDER]     all that start from the sample model, if none is named

Each is `tunewright train` in a process of its own, with an empty cache. The line of results holds the task's first
metric with its interval for the tuned model and every baseline, the seconds of the training, and those of the whole
command (reading, training, evaluation, verification, report).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.processes import environment, say, tail
from benchmarks.results_line import FOLDER, ROOT, append_line
from benchmarks.work import DATA

__all__ = ["main"]

NAMES = ("banking77-full", "banking77-lora", "imdb-slice", "ncbi-disease", "stsb", "wikitext2-masked", "xquad")


def main(arguments: list[str] | None = None) -> int:
    """Run and print; 1 if any failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[[], *NAMES], metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of public data")
    parser.add_argument("--results", type=Path, default=FOLDER, help="where the line of JSON goes")
    options = parser.parse_args(arguments)
    failed = []
    for name in options.names or NAMES:
        with tempfile.TemporaryDirectory(prefix="example-") as scratch:
            say(f"{name} ...")
            try:
                found, machine = measured(name, Path(scratch), options.data.resolve())
            except (OSError, RuntimeError) as error:
                failed.append(name)
                say(f"  failed: {error}")
                continue
        for model, one in found["figures"].items():
            value, low, high = (float(one[key]) for key in ("value", "low", "high"))  # "NaN" of what has no spread
            print(f"  {model:>12}: {found['metric']} {value:.3f} ({low:.3f} to {high:.3f})")
        print(f"  training {found['training_seconds'] / 60:.1f} min, the whole command {found['seconds'] / 60:.1f} min")
        say(f"  written to {append_line('examples', found, machine, options.results)}")
    return 1 if failed else 0


def measured(name: str, folder: Path, data: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run one recipe; answers its figures and the machine's sheet.

    Args:
        name: of the recipe, without its ending.
        folder: to work in, empty.
        data: the public data.

    Raises:
        RuntimeError: the command failed.
    """
    if name == "stsb":
        _scored_pairs(data / "stsb", folder / "stsb")
    given = environment() | {"TUNEWRIGHT_DATA": str(data), "TUNEWRIGHT_CACHE": str(folder / "cache")}
    command = [sys.executable, "-m", "tunewright", "train", str(ROOT / "examples" / f"{name}.yaml"), "output=run"]
    log, load, began = folder / "log.txt", os.getloadavg()[0], time.perf_counter()
    with log.open("w", encoding="utf-8") as stream:
        status = subprocess.run(command, cwd=folder, env=given, stdout=stream, stderr=stream, check=False).returncode
    seconds = time.perf_counter() - began
    if status != 0:
        raise RuntimeError(f"exit status {status}: {tail(log)}")
    quality = json.loads((folder / "run" / "evaluation" / "quality.json").read_text(encoding="utf-8"))
    provenance = json.loads((folder / "run" / "provenance.json").read_text(encoding="utf-8"))
    lines = (folder / "run" / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    steps = [event for event in map(json.loads, lines) if event["event"] == "step"]
    metric = quality["primary"]
    figures = {
        found["model"]: {key: found[key] for key in ("value", "low", "high", "n")}
        for found in quality["metrics"]
        if found["name"] == metric and found["split"] == "test"
    }
    return {
        "example": name,
        "metric": metric,
        "figures": figures,
        "steps": len(steps),
        "training_seconds": sum(event["seconds"] for event in steps),
        "seconds": seconds,
        "load_average": [load, os.getloadavg()[0]],
    }, provenance["machine"]


def _scored_pairs(source: Path, target: Path) -> None:
    """The three columns that examples/stsb.yaml reads, cut out as its first lines say."""
    target.mkdir()
    for part in ("train", "dev", "test"):
        rows = (source / f"sts-{part}.tsv").read_text(encoding="utf-8").splitlines()
        cut = ["\t".join(row.split("\t")[4:7]) for row in rows]
        (target / f"{part}.tsv").write_text("\n".join(["score\tfirst\tsecond", *cut]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
