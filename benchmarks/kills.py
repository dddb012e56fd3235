"""What is left of trainings that were killed (SIGKILL), beside transformers' Trainer: same tiny model, rows and steps.

    python -m benchmarks.kills [--kills 100] [--seed 0]

Both sides save every two of 15 steps and keep two checkpoints. Half of the kills are aimed at a random instant inside a
save, half at a random instant of the whole run; each run is killed once and then started again by the same command.
Where that fails, the newest checkpoint is removed and it is started once more: an intervention. A run that ends without
an error and with other weights than one left alone is silently wrong. A kill is no power cut: what the kernel holds
still reaches the disk.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from typing import Any

import transformers

from benchmarks.results_file import append
from benchmarks.tiny_world import environment

SIDES = ("tunewright", "trainer")


def main() -> None:
    """Kill both sides and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=SIDES)
    options = parser.parse_args()
    for side in [options.only] if options.only else SIDES:
        found = _killed(side, options.kills, options.seed)
        shown = {part: _counts([t for t in found if t["saving"] == saving]) for part, saving in PARTS.items()}
        for part, counts in shown.items():
            print(f"{side:>10}, killed {part}: " + ", ".join(f"{name} {n}" for name, n in counts.items()))
        errors = Counter(_kind(trial["error"]) for trial in found if trial["error"])
        append("kills", {"side": side, "transformers": transformers.__version__, "seed": options.seed} | shown
               | {"errors": dict(errors)})  # fmt: skip


PARTS = {"inside a save": True, "elsewhere": False}


def _kind(error: str) -> str:
    """An error without the places and numbers of one run."""
    return re.sub(r"\d+", "N", re.sub(r"/\S*/run-\d+/", "", error))[:160]


def _counts(found: list[dict[str, Any]]) -> dict[str, int]:
    return {
        "kills": len(found),
        "interventions": sum(trial["interventions"] for trial in found),
        "lost": sum(not trial["done"] for trial in found),
        "silently wrong": sum(trial["done"] and not trial["exact"] for trial in found),
        "exact": sum(trial["exact"] for trial in found),
    }


def _killed(side: str, kills: int, seed: int) -> list[dict[str, Any]]:
    """One side's trials, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", f"benchmarks.killed_{side}", folder, str(kills), str(seed)]
        done = subprocess.run(command, env=environment(), stdout=subprocess.PIPE, text=True, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
