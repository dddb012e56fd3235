"""A workload that takes a second: a tiny random model on a table with a signal."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_models import shared_model_folder
from tiny_runs import review_columns, write_csv

from benchmarks.work import Work


@pytest.fixture
def tiny_work(tmp_path: Path) -> Work:
    data = write_csv(tmp_path / "reviews.csv", review_columns(96))
    section = {"train": str(data), "test": 0.25, "inputs": {"text": "review"}, "target": "mood"}
    rates = {"full": 5e-3, "lora": 1e-2, "freeze": 5e-3}  # both sides learn with all of six seeds
    return Work("tiny", str(shared_model_folder()), section, 8, rates, rows=72, epochs=3.0)
