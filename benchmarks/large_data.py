"""Memory and time of preparing many pairs of texts: the first start, and the second, which finds what was kept.

    python -m benchmarks.large_data [ROWS ...]

Each start is a process of its own that runs `check`. Memory is what it takes beyond an idle one: its own pages
(RssAnon, sampled), and the peak of all resident pages, those of mapped files among them, which the system takes back
when it needs them. CPU seconds, so that a busy machine disturbs little.
"""

from __future__ import annotations

import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.results_file import append
from tunewright.data import large
from tunewright.pipeline import check
from tunewright.recipe import Recipe

__all__ = ["main", "write_pairs"]

ROWS = (50_000, 200_000, 1_000_000)
_TEXT = """refund order card late broken parcel please help account login password invoice charge twice never arrived
cancel plan upgrade slow app crash error page the my is was and not to for with on it this that"""
WORDS = _TEXT.split()
RECIPE = """\
model: sample://minilm
data: {train: pairs.csv, inputs: {text: question, pair: answer}, target: label, on_bad_row: skip}
task: classify
"""


def main(sizes: list[int]) -> None:
    """Measure every size twice and print a table."""
    print(f"{'rows':>9} {'MB':>6} {'start':>6} {'cpu s':>7} {'own MB':>7} {'bytes/row':>9} {'resident MB':>11}")
    figures = []
    for rows in sizes:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            write_pairs(folder / "pairs.csv", rows)
            (folder / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
            for start in ("first", "second"):
                found = _measured(folder) | {
                    "rows": rows, "start": start, "file_bytes": (folder / "pairs.csv").stat().st_size,
                }  # fmt: skip
                figures.append(found)
                print(
                    f"{rows:>9,} {found['file_bytes'] / 1e6:>6.0f} {start:>6} {found['cpu_seconds']:>7.1f} "
                    f"{found['own_bytes'] / 1e6:>7.0f} {found['own_bytes'] / rows:>9.0f} "
                    f"{found['resident_bytes'] / 1e6:>11.0f}"
                )
    print("written to", append("large_data", {"starts": figures, "in_memory_up_to_bytes": large.LARGE_BYTES}))


def write_pairs(path: Path, rows: int) -> None:
    """A CSV of short questions and answers under eight labels, all rows different."""
    dice = random.Random(0)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("question", "answer", "label"))
        for row in range(rows):
            asked, said = (" ".join(dice.choices(WORDS, k=dice.randint(6, 14))) for _ in range(2))
            writer.writerow((f"{asked} {row}", said, f"c{dice.randrange(8)}"))


def _measured(folder: Path) -> dict[str, Any]:
    environment = os.environ | {"TUNEWRIGHT_CACHE": str(folder / "cache"), "TUNEWRIGHT_CACHE_GIB": "50"}
    command = [sys.executable, "-m", "benchmarks.large_data", "--child", str(folder / "recipe.yaml")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _child(recipe: Path) -> None:
    idle = most = _own()

    def watch() -> None:
        nonlocal most
        while True:
            most = max(most, _own())
            time.sleep(0.02)

    page = Recipe.read(recipe)
    resident, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, time.process_time()
    threading.Thread(target=watch, daemon=True).start()
    check(page)
    figures = {
        "cpu_seconds": time.process_time() - began,
        "own_bytes": most - idle,
        "resident_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - resident,
    }
    print(json.dumps(figures))


def _own() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("RssAnon:")[2].split()[0]) * 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        _child(Path(sys.argv[2]))
    else:
        main([int(rows) for rows in sys.argv[1:]] or list(ROWS))
