"""Translating as its user does it: two columns in two languages, init, check, train, evaluate, predict, report."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from tiny_models import tiny_model_folder
from tiny_runs import write_csv
from tiny_writers import cipher_pairs, writer_folder

from tunewright.pipeline import Run

SMALL = [
    "training.epochs=6", "training.batch_size=16", "training.learning_rate=3e-3", "training.precision=fp32",
    "training.threads=1", "task.max_new_tokens=12", "task.beams=2",
    "evaluation=[{kind: quality, resamples: 40, mistakes: 5}, {kind: latency, batch_sizes: [2], calls: 2}, memory]",
]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A tiny random model with an own tokenizer, and pairs of sentences in a toy language and Chinese characters."""
    folder = tmp_path_factory.mktemp("translate")
    toy, chinese = cipher_pairs(460)
    writer_folder(folder / "tiny", "mbart", toy + chinese, size=90, width=48, layers=1)
    write_csv(folder / "pairs.csv", {"toy": toy[:400], "chinese": chinese[:400]})
    write_csv(folder / "test.csv", {"toy": toy[400:], "chinese": chinese[400:]})
    return folder


@pytest.fixture
def here(place, monkeypatch):
    monkeypatch.chdir(place)
    return place


def test_from_two_columns_to_translations(typed, here):
    """Danger: every part is right and they do not fit: what a user types stops half-way."""
    assert typed("init", "pairs.csv", "--model", "./tiny").status == 0
    page = Path("pairs.yaml").read_text(encoding="utf-8")
    assert "inputs: {text: toy}" in page and "target: chinese" in page
    assert "kind: translate" in page and "target_language: zh" in page
    checked = typed("check", "pairs.yaml", "data.test=test.csv", "--json").json
    assert checked["task"] == "translate" and checked["classes"] == []
    done = typed("train", "pairs.yaml", "data.test=test.csv", *SMALL)
    assert done.status == 0, done.err
    run = Run.open("runs/pairs")
    found = {(m.model, m.name): m for m in run.quality.metrics if m.split == "test"}
    tuned, copied = found["tuned", "chrf"], found["copy", "chrf"]
    assert tuned.low > 0.6 > 0.1 > copied.high, "a character for each syllable: even a tiny model learns it"
    assert tuned.value > found["nearest", "chrf"].high
    assert tuned.low <= tuned.value <= tuned.high
    assert found["tuned", "ter"].value < found["copy", "ter"].value
    report = run.report.read_text(encoding="utf-8")
    assert "chrF" in report and "TER" in report and "Nearest training row" in report
    card = (run.folder.model / "README.md").read_text(encoding="utf-8")
    assert "model.generate(" in card and "pipeline_tag: translation" in card
    predicted = typed("predict", "runs/pairs", "test.csv", "--output", "out.csv")
    assert predicted.status == 0, predicted.err
    with Path("out.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 60 and sum(row["written"] == row["chinese"] for row in rows) > 20
    assert all(0.0 < float(row["probability"]) <= 1.0 for row in rows)
    again = typed("evaluate", "runs/pairs", "evaluation=[{kind: quality, resamples: 40}]", "--json")
    assert again.status == 0, again.err
    assert Run.open("runs/pairs").quality.metric("chrf").value == pytest.approx(tuned.value, abs=1e-6)


def test_a_model_that_cannot_write_is_refused(typed, here, tmp_path):
    """Danger: an encoder takes the task, and a decoder of noise is trained on top of it."""
    tiny_model_folder(tmp_path / "bert")
    typed("init", "pairs.csv", "--model", str(tmp_path / "bert"), "--output", "wrong.yaml")
    done = typed("check", "wrong.yaml")
    assert done.status == 2
    assert "bert" in done.err and "encoder-decoder" in done.err and "Traceback" not in done.err
