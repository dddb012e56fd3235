"""Whether the cost of a training grows with its tokens and no faster: the same work on 1,000, 10,000 and 100,000 rows.

    python -m benchmarks.growth [ROWS ...]

Two blocks of width 128, one epoch, no evaluation, one thread: a small model, so that what is not the model shows. The
rows are new to every size, as are files and cache. CPU seconds of the process by stage, so that a busy machine disturbs
little; those of the loop are divided by the tokens that it computed. The first steps, in which kernels are chosen, are
left out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from transformers import BertConfig, BertModel

import tunewright
from benchmarks.large_data import write_pairs
from benchmarks.models import built
from benchmarks.ours import Clock
from benchmarks.results_file import append
from benchmarks.results_line import FOLDER
from benchmarks.timeline import WARM_UP, peak_resident_bytes

__all__ = ["main", "measured"]

ROWS = (1_000, 10_000, 100_000)
BATCH = 32


def main(sizes: list[int], results: Path = FOLDER) -> None:
    """Measure every size in a process of its own and print a table."""
    print(f"{'rows':>9} {'steps':>7} {'before, us a token':>19} {'loop, us a token':>17} {'peak MB':>8}")
    found = []
    for rows in sizes:
        found.append(_measured_apart(rows))
        print(
            f"{rows:>9,} {found[-1]['steps']:>7,} {found[-1]['before_us_per_token']:>19.2f} "
            f"{found[-1]['loop_us_per_token']:>17.2f} {found[-1]['peak_bytes'] / 1e6:>8.0f}"
        )
    rates = [figures["loop_us_per_token"] for figures in found]
    print(f"the loop's time a token differs by {max(rates) / min(rates) - 1:.1%} between the sizes")
    print("written to", append("growth", {"sizes": found, "spread": max(rates) / min(rates) - 1}, results))


def _measured_apart(rows: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="growth-") as scratch:
        given = {"TUNEWRIGHT_CACHE": str(Path(scratch) / "cache"), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "benchmarks.growth", "--child", scratch, str(rows)]
        done = subprocess.run(command, env=os.environ | given, stdout=subprocess.PIPE, check=True, text=True)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def measured(folder: Path, rows: int) -> dict[str, Any]:
    """Train on so many rows in an empty folder; answers steps, tokens, CPU time a token by stage, and peak memory."""
    write_pairs(folder / "pairs.csv", rows)
    built(_small_bert, folder / "model")
    clock = Clock()
    began = time.process_time()
    tunewright.train(
        tunewright.Recipe(
            model=str(folder / "model"),
            data={
                "train": str(folder / "pairs.csv"), "validation": None, "target": "label",
                "inputs": {"text": "question", "pair": "answer"},
            },
            task="classify",
            training={"epochs": 1, "batch_size": BATCH, "learning_rate": 1e-4},
            evaluation=[],
            output=str(folder / "run"),
        ),
        observer=clock,
    )  # fmt: skip
    tokens, cpu = clock.timeline.tokens, clock.timeline.cpu
    return {
        "rows": rows,
        "steps": len(tokens),
        "tokens": sum(tokens),
        "before_us_per_token": (cpu[0] - began) / sum(tokens) * 1e6,
        "loop_us_per_token": (cpu[-1] - cpu[WARM_UP]) / sum(tokens[WARM_UP:]) * 1e6,
        "peak_bytes": peak_resident_bytes(),
    }


def _small_bert() -> BertModel:
    return BertModel(BertConfig(hidden_size=128, num_hidden_layers=2, num_attention_heads=2, intermediate_size=512))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(measured(Path(sys.argv[2]), int(sys.argv[3]))))
    else:
        main([int(rows) for rows in sys.argv[1:]] or list(ROWS))
