"""Preferences as their user learns them, from a file to a model that answers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from tiny_models import tiny_chat_folder

from tunewright.pipeline import Run

NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight"]


def write_pairs(path: Path, rows: int) -> None:
    draw = np.random.default_rng(0)
    lines = []
    for number in range(rows):
        place = int(draw.integers(0, 7))
        words = " ".join(draw.choice(["good", "fine", "film", "story", "plot"], 3))
        pair = [f"it is {NUMBERS[place + 1]}", f"no it was not {NUMBERS[place]}"]
        lines.append(
            {"prompt": f"{words} {number}: what is after {NUMBERS[place]}", "chosen": pair[0], "rejected": pair[1]}
        )
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def test_from_pairs_to_answers(typed, tmp_path, monkeypatch):
    """Danger: the reference is lost between training, verification, a resumed run and a later evaluation."""
    monkeypatch.chdir(tmp_path)
    tiny_chat_folder(tmp_path / "tiny")
    write_pairs(tmp_path / "pairs.jsonl", 60)
    assert typed("init", "pairs.jsonl", "--model", "./tiny").status == 0
    page = Path("pairs.yaml").read_text(encoding="utf-8")
    assert "task: prefer" in page and "chosen: chosen, rejected: rejected" in page
    done = typed(
        "train", "pairs.yaml", "training.epochs=3", "training.batch_size=8", "training.learning_rate=5e-3",
        "training.precision=fp32", "training.threads=1",
        "evaluation=[{kind: quality, resamples: 40}, {kind: latency, batch_sizes: [2], calls: 2}, memory]",
    )  # fmt: skip
    assert done.status == 0, done.err
    run = Run.open("runs/pairs")
    quality = run.quality
    assert quality.metric("reward_accuracy").value > 0.9
    assert quality.metric("reward_margin").value > 0.02
    assert quality.metric("reward_accuracy", "longer").value < 0.5
    margin = quality.metric("reward_margin").value
    assert typed("evaluate", "runs/pairs").status == 0
    assert abs(Run.open("runs/pairs").quality.metric("reward_margin").value - margin) < 1e-4
    Path("new.jsonl").write_text('{"prompt": "what is after two"}\n', encoding="utf-8")
    assert typed("predict", "runs/pairs", "new.jsonl", "-o", "out.jsonl").status == 0
    assert set(json.loads(Path("out.jsonl").read_text(encoding="utf-8"))) == {"prompt", "response"}
    assert typed("check", "pairs.yaml", "task.loss={kind: dpo, beta: 0.5}").status == 0
