"""What is measured: the table of workloads and methods, each as the recipe that a user would write."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.results_line import ROOT

__all__ = ["METHODS", "RANDOM_BERT_BASE", "RANDOM_LLAMA", "WORKS", "Work", "recipe_fields"]

RANDOM_BERT_BASE = "random://bert-base"
"""A model of BERT-base's shape with random weights, for its speed alone; `benchmarks/models.py` builds it."""
RANDOM_LLAMA = "random://llama"
"""A model of Llama's shape with 108 million random weights."""
DATA = Path(os.environ.get("TUNEWRIGHT_DATA") or ROOT.parent / "shared" / "data").resolve()

METHODS: dict[str, Mapping[str, Any]] = {
    "full": {"kind": "full"},
    "lora": {"kind": "lora", "rank": 16},
    "freeze": {"kind": "freeze", "layers": 4},
}


@dataclass(frozen=True)
class Work:
    """One workload.

    Attributes:
        data: the recipe's section, without `validation` and `limit`.
        rates: peak learning rate by method.
        rows: at most so many are trained on.
        test_rows: measured on; None takes all.
        task: what is learned.
        figure: the metric by which the two sides are judged.
        learns: whether the quality means something; false for random weights.
        methods: those that are measured unless others are asked for.
        quick: what changes at the quick size.
    """

    name: str
    model: str
    data: Mapping[str, Any]
    batch_size: int
    rates: Mapping[str, float]
    rows: int
    test_rows: int | None = None
    epochs: float = 3.0
    task: str = "classify"
    figure: str = "accuracy"
    learns: bool = True
    methods: tuple[str, ...] = tuple(METHODS)
    quick: Mapping[str, Any] = field(default_factory=dict)

    def sized(self, quick: bool, rows: int | None = None, epochs: float | None = None) -> Work:
        """The workload at its quick size, or with sizes of one's own."""
        changes = dict(self.quick) if quick else {}
        changes |= {"rows": rows} if rows else {}
        changes |= {"epochs": epochs} if epochs else {}
        return Work(**(asdict(self) | changes))


_IMDB = {
    "train": str(DATA / "imdb_slice" / "train.jsonl"),
    "test": str(DATA / "imdb_slice" / "test.jsonl"),
    "inputs": {"text": "text"},
    "target": "label",
    "max_length": 512,
}
_BANKING = {
    "train": str(DATA / "banking77" / "train.csv"),
    "test": str(DATA / "banking77" / "test.csv"),
    "inputs": {"text": "text"},
    "target": "category",
}
_NCBI = {
    "train": str(DATA / "ncbi_disease" / "train.tsv"),
    "test": str(DATA / "ncbi_disease" / "test.tsv"),
    "inputs": {"tokens": "tokens"},
    "target": "tags",
    "max_length": 256,
}
_INSTRUCTIONS = {
    "train": str(DATA / "instructions" / "alpaca_en_demo.json"),
    "test": 0.1,
    "inputs": {"prompt": ["instruction", "input"], "response": "output"},
    "max_length": 512,
}
_TICKETS = {"train": "sample://tickets", "test": 0.2, "inputs": {"text": "message"}, "target": "department"}
_RATES = {"full": 2e-4, "lora": 1e-3, "freeze": 2e-4}

WORKS: dict[str, Work] = {
    work.name: work
    for work in (
        Work("imdb", "sample://minilm", _IMDB, 16, _RATES | {"full": 1e-4}, 2000,
             quick={"rows": 240, "test_rows": 200, "epochs": 2.0}),
        Work("banking77", "sample://minilm", _BANKING, 32, _RATES, 10003,
             quick={"rows": 640, "test_rows": 500, "epochs": 2.0}),
        Work("tickets", "sample://minilm", _TICKETS, 32, _RATES, 2880,
             quick={"rows": 480, "test_rows": 500, "epochs": 2.0}),
        Work("bert-base", RANDOM_BERT_BASE, _IMDB, 16, {"full": 3e-5, "lora": 3e-4, "freeze": 3e-5},
             rows=640, epochs=1.0, learns=False, methods=("full",), quick={"rows": 128}),
        Work("ncbi", "sample://minilm", _NCBI, 32, {"full": 3e-4, "lora": 1e-3, "freeze": 3e-4}, 5424, task="tag",
             figure="f1", methods=("full", "lora"), quick={"rows": 960, "epochs": 2.0}),
        Work("instructions", RANDOM_LLAMA, _INSTRUCTIONS, 16, {"full": 3e-4, "lora": 1e-3, "freeze": 3e-4}, 896,
             epochs=1.0, task="instruct", learns=False, methods=("full", "lora"), quick={"rows": 160}),
    )
}  # fmt: skip


def recipe_fields(work: Work, method: str, seed: int, model: str) -> dict[str, Any]:
    """The recipe of one measurement: no validation, no evaluation, the last epoch is kept.

    Args:
        work: the workload at its size.
        method: a name in METHODS.
        seed: start of every random draw, the choice of rows among them.
        model: what `work.model` stands for here.
    """
    return {
        "model": model,
        # a row that stands in the test too would be dropped from training on a side that looks for it: keep all
        "data": dict(work.data) | {"validation": None, "limit": work.rows, "on_leak": "keep"},
        "task": work.task,
        "method": dict(METHODS[method]),
        "training": {
            "epochs": work.epochs,
            "batch_size": work.batch_size,
            "learning_rate": work.rates[method],
            "seed": seed,
        },
        "evaluation": [],
    }
