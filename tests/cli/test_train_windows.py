"""Long texts through windows, as their user does it, where what tells stands at the end."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from tiny_models import tiny_model_folder
from tiny_runs import BAD, FILLING, GOOD, verified_in_process

from tunewright.pipeline import Run

SMALL = [
    "training.epochs=12", "training.batch_size=8", "training.learning_rate=5e-3", "training.precision=fp32",
    "training.threads=1", "evaluation=[{kind: quality, resamples: 40, baselines: [majority, probe]}, memory]",
    "data.max_length=14",
]  # fmt: skip


def write_reviews(path: Path, rows: int, seed: int) -> None:
    """Texts of 4 to 30 words, whose last word tells."""
    draw = np.random.default_rng(seed)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["review", "mood", "marks", "stars"])
        for _ in range(rows):
            good = bool(draw.random() < 0.5)
            words = [*draw.choice(FILLING, int(draw.integers(3, 29))), draw.choice(GOOD if good else BAD)]
            writer.writerow([" ".join(words), "good" if good else "bad", "a|b" if good else "b", 5 if good else 1])


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tiny_model_folder(tmp_path / "tiny")
    write_reviews(tmp_path / "r.csv", 160, 0)
    Path("r.yaml").write_text(
        "model: ./tiny\ndata: {train: r.csv, inputs: {text: review}, target: mood}\ntask: classify\n", encoding="utf-8"
    )
    return tmp_path


def test_the_end_of_a_text_is_read(typed, here):
    """Danger: windows that are made and not asked, so that a long text is judged by its beginning."""
    audit = typed("check", "r.yaml", "data.on_long=window", "data.max_length=14", "--json").json
    assert audit["lengths"]["tokens_lost"] == 0
    assert audit["lengths"]["over_limit"] > 40
    assert {one["code"] for one in audit["findings"]} >= {"windows"}
    with verified_in_process():
        assert typed("train", "r.yaml", "output=cut", *SMALL, "training.epochs=6").status == 0
    done = typed("train", "r.yaml", "output=read", "data.on_long=window", "task.pooling=max", *SMALL)
    assert done.status == 0, done.err
    cut, read = (Run.open(name).quality.metric("accuracy").value for name in ("cut", "read"))
    assert read > 0.9 > cut + 0.1
    verification = json.loads(Path("read/evaluation/verification.json").read_text(encoding="utf-8"))
    assert all(check["passed"] and check["agreement"] == 1.0 for check in verification["checks"])
    assert Run.open("read").quality.metric("accuracy", "probe") is not None
    assert "read through windows" in Path("read/model/README.md").read_text(encoding="utf-8")
    long = "the film was a story " * 8
    found = Run.open("read").predict([long + "superb", long + "awful", "awful"])
    assert [one.label for one in found] == ["good", "bad", "bad"]
    assert all(abs(sum(one.probabilities.values()) - 1) < 1e-6 for one in found)


@pytest.mark.parametrize(
    ("task", "target"), [("multilabel", "marks"), ("{kind: regress, pooling: max}", "stars")], ids=["labels", "number"]
)
def test_labels_and_numbers(typed, here, task, target):
    """Danger: one answer a window where one a row is wanted."""
    changes = [f"task={task}", f"data.target={target}", "data.on_long=window", "training.max_steps=3"]
    with verified_in_process():
        done = typed("train", "r.yaml", *SMALL, *changes, "evaluation=[{kind: quality, resamples: 40}]")
    assert done.status == 0, done.err
    run = Run.open("runs/r")
    assert run.quality.metric(run.quality.primary).n == 32
    assert len(run.predict(["the film was a story " * 8, "good"])) == 2


def test_pairs_are_refused(typed, here):
    """Danger: windows over one side of a pair, chosen by nobody."""
    done = typed("check", "r.yaml", "data.on_long=window", "data.inputs={text: review, pair: marks}")
    assert done.status == 2
    assert "no single text" in done.err and "cut, error" in done.err
