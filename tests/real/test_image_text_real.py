"""Real pictures with texts, of which neither says enough alone."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from tiny_runs import verified_in_process
from tiny_towers import towers_folder

from tunewright.pipeline import train
from tunewright.recipe import Recipe

DATA = Path(os.environ.get("TUNEWRIGHT_DATA", Path(__file__).resolve().parents[2].parent / "shared" / "data"))
needs = pytest.mark.skipif(not (DATA / "cifar10_sample").is_dir(), reason=f"no data in {DATA}; set TUNEWRIGHT_DATA")
KINDS = {
    "made": (("airplane", "truck"), ("it was a long story and great music", "three short scenes with an actor")),
    "alive": (("bird", "frog"), ("a boring plot and a bad end", "two poor films and a dreadful start")),
}
"""What a text tells (its words are those that the small tokenizer knows), and which pictures stand beside it. By colour
a bird in the sky is an airplane."""


def table(folder: Path, split: str) -> Path:
    """`split.csv`: the file of each picture, one of two sentences on its kind with a number behind, and the class."""
    draw = np.random.default_rng(len(split))
    with (folder / f"{split}.csv").open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(("photo", "note", "class"))
        for labels, sentences in KINDS.values():
            for label in labels:
                for file in sorted((DATA / "cifar10_sample" / split / label).glob("*.jpg")):
                    rows.writerow((file, f"{draw.choice(sentences)} {draw.integers(10_000)}", label))
    return folder / f"{split}.csv"


@needs
def test_what_neither_tells_alone_is_learned_from_both(tmp_path: Path) -> None:
    """Danger: a way on which one of the two is lost: the report would praise a model that a look at the text alone, or
    at the picture alone, could equal."""
    data = {
        "train": str(table(tmp_path, "train")), "test": str(table(tmp_path, "test")), "validation": None,
        "inputs": {"image": "photo", "text": "note", "crop": 0.9}, "target": "class",
    }  # fmt: skip
    training = {"batch_size": 32, "learning_rate": 1e-3, "precision": "fp32", "threads": 1, "epochs": 25}
    probes = [{"kind": "quality", "resamples": 40, "baselines": ["tfidf", "pixels"]}]
    recipe = Recipe(
        model=str(towers_folder(tmp_path / "clip", side=32)), data=data, training=training, evaluation=probes,
        output=str(tmp_path / "run"),
    )  # fmt: skip
    with verified_in_process():
        quality = train(recipe).quality
    found = {metric.model: metric.value for metric in quality.metrics if metric.name == "accuracy"}
    assert 0.4 < found["tfidf"] < 0.65, "the text tells two classes from the other two, and no more"
    assert found["tuned"] > max(found["tfidf"], found["pixels"]) + 0.1, found  # 0.74 against 0.58 and 0.58
