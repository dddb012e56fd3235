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

import numpy as np
import torch
from transformers import BertConfig, BertModel

import tunewright
from benchmarks.large_data import write_pairs
from benchmarks.results_file import append
from benchmarks.timeline import WARM_UP
from tunewright.models.source import Source, quiet_transformers
from tunewright.samples import minilm
from tunewright.training.observer import Silent
from tunewright.training.step import Update

__all__ = ["main"]

ROWS = (1_000, 10_000, 100_000)
BATCH = 32


def main(sizes: list[int]) -> None:
    """Measure every size in a process of its own and print a table."""
    print(f"{'rows':>9} {'steps':>7} {'before, us a token':>19} {'loop, us a token':>17} {'peak MB':>8}")
    found = []
    for rows in sizes:
        with tempfile.TemporaryDirectory(prefix="growth-") as scratch:
            given = {"TUNEWRIGHT_CACHE": str(Path(scratch) / "cache"), "OMP_NUM_THREADS": "1"}
            command = [sys.executable, "-m", "benchmarks.growth", "--child", scratch, str(rows)]
            done = subprocess.run(command, env=os.environ | given, stdout=subprocess.PIPE, check=True, text=True)
        found.append(json.loads(done.stdout.splitlines()[-1]))
        print(
            f"{rows:>9,} {found[-1]['steps']:>7,} {found[-1]['before_us_per_token']:>19.2f} "
            f"{found[-1]['loop_us_per_token']:>17.2f} {found[-1]['peak_bytes'] / 1e6:>8.0f}"
        )
    rates = [figures["loop_us_per_token"] for figures in found]
    print(f"the loop's time a token differs by {max(rates) / min(rates) - 1:.1%} between the sizes")
    print("written to", append("growth", {"sizes": found, "spread": max(rates) / min(rates) - 1}))


class _Clock(Silent):
    """CPU seconds at the loop's start and at the end of each step."""

    def __init__(self) -> None:
        self.ends: list[float] = []
        self.tokens: list[int] = []
        self.begun = 0.0

    def training_starts(self, done: int, total: int) -> None:
        """All before was preparation."""
        self.begun = time.process_time()

    def step(self, step: int, epoch: float, update: Update, learning_rate: float) -> None:
        """Note a step's end."""
        self.ends.append(time.process_time())
        self.tokens.append(update.tokens)


def _child(folder: Path, rows: int) -> None:
    write_pairs(folder / "pairs.csv", rows)
    _small_model(folder / "model")
    clock = _Clock()
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
    spent, tokens = np.diff(np.asarray(clock.ends)), np.asarray(clock.tokens[1:])
    kept = slice(WARM_UP, None)
    figures: dict[str, Any] = {
        "rows": rows,
        "steps": len(clock.ends),
        "tokens": int(sum(clock.tokens)),
        "before_us_per_token": (clock.begun - began) / sum(clock.tokens) * 1e6,
        "loop_us_per_token": float(spent[kept].sum() / tokens[kept].sum()) * 1e6,
        "peak_bytes": _peak(),
    }
    print(json.dumps(figures))


def _small_model(folder: Path) -> None:
    config = BertConfig(hidden_size=128, num_hidden_layers=2, num_attention_heads=2, intermediate_size=512)
    with quiet_transformers():
        torch.manual_seed(0)
        BertModel(config).save_pretrained(folder)
        Source("sample://minilm", str(minilm())).tokenizer().save_pretrained(folder)


def _peak() -> int:
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(text.partition("VmHWM:")[2].split()[0]) * 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        _child(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main([int(rows) for rows in sys.argv[1:]] or list(ROWS))
