"""The whole way as a user goes it, in processes of their own, with nothing replaced."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys

import pytest
from tiny_models import tiny_model_folder
from tiny_runs import review_columns, write_csv


def shell(folder, *words: str, stdin: str | None = None, status: int = 0) -> subprocess.CompletedProcess[str]:
    """`python -m tunewright WORDS` in a folder."""
    settings = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "PYTHONWARNINGS": "default"}
    done = subprocess.run(
        [sys.executable, "-m", "tunewright", *words],
        cwd=folder,
        env=os.environ | settings,
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert done.returncode == status, done.stderr[-3000:]
    assert "Traceback" not in done.stderr
    return done


def test_from_a_table_to_labels(typed, tmp_path, monkeypatch):
    """init, check, train, report, predict, evaluate: each command is the one that the last one told of.

    Training and one prediction run in processes of their own; the rest costs five seconds less in this one.
    """
    monkeypatch.chdir(tmp_path)
    columns = review_columns(rows=120)
    write_csv(tmp_path / "reviews.csv", {"review": columns["review"], "mood": columns["mood"]})
    tiny_model_folder(tmp_path / "tiny")
    assert typed("init", "reviews.csv", "--model", "./tiny").status == 0
    assert typed("check", "reviews.yaml").status == 0
    measured = "evaluation=[{kind: quality, resamples: 100}, memory]"
    quick = ["training.learning_rate=5e-3", "training.batch_size=8", "training.threads=1"]
    trained = shell(tmp_path, "train", "reviews.yaml", *quick, measured, "--json")
    records = json.loads(trained.stdout)
    values = {
        (metric["model"], metric["name"]): metric["value"]
        for metric in records["evaluation"]["quality"]["metrics"]
        if metric["split"] == "test"
    }
    assert values["tuned", "accuracy"] > 0.9 > values["majority", "accuracy"]
    assert all(check["passed"] for check in records["evaluation"]["verification"]["checks"])
    assert "Training: " in trained.stderr
    assert "validation accuracy" in trained.stderr
    assert "Warning" not in trained.stderr, "warnings of libraries are no business of the user's"
    assert typed("report", "runs/reviews").status == 0
    texts = "good great film\nbad awful plot\n"
    labelled = shell(tmp_path, "predict", "runs/reviews", "-", stdin=texts)
    assert [row["label"] for row in csv.DictReader(io.StringIO(labelled.stdout))] == ["happy", "angry"]
    assert labelled.stderr == ""
    write_csv(tmp_path / "new.csv", review_columns(rows=20, seed=4))
    again = typed("evaluate", "reviews.yaml", "data.test=new.csv", "evaluation=[{kind: quality, resamples: 40}]")
    assert again.status == 0
    assert "20" in again.out


@pytest.mark.parametrize("words", [["train", "none.yaml"], ["trian", "x"], ["predict", "none", "x.csv"]])
def test_a_mistake_from_outside(tmp_path, words):
    """Status 2, one message on standard error, nothing on standard output."""
    done = shell(tmp_path, *words, status=2)
    assert done.stdout == ""
    assert done.stderr.startswith("tunewright: ")
