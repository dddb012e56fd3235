"""Sentences of tatoeba.org, English and Chinese, as they are handed out: tab separated, no line of names."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from tiny_writers import writer_folder

from tunewright.data.guess import guess
from tunewright.data.reading import read
from tunewright.pipeline import train
from tunewright.recipe import Recipe

ROWS = 1200


@pytest.fixture(scope="module")
def place(real_data, tmp_path_factory):
    """The file under a name that says how it is cut."""
    folder = tmp_path_factory.mktemp("tatoeba")
    shutil.copyfile(real_data / "tatoeba_en_zh" / "cmn.txt", folder / "cmn.tsv")
    return folder


def test_the_file_is_recognised_and_read_whole(place) -> None:
    """Danger: `Hi.` taken for the name of a column; the attribution, in English too, taken for one side."""
    table = read(place / "cmn.tsv", role="train")
    found = guess(table)
    assert len(table) == 26_388 and not table.faults
    assert (found.task, found.inputs, found.target) == ("translate", {"text": "column_1"}, "column_2")
    assert found.settings == {"source_language": "en", "target_language": "zh"}


def test_a_random_model_learns_more_than_to_copy(place) -> None:
    """Danger: all of it works on toys alone. The model is random, its tokenizer new, the rows few: it learns what
    sentences look like, not to translate; a translation memory of these rows is still better."""
    lines = (place / "cmn.tsv").read_text(encoding="utf-8").splitlines()[:ROWS]
    (place / "short.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    texts = [text for line in lines for text in line.split("\t")[:2]]
    writer_folder(place / "tiny", "mbart", texts, size=1500, width=64, layers=1)
    fields = {
        "model": str(place / "tiny"),
        "data": {
            "train": str(place / "short.tsv"), "validation": 0.05, "test": 0.1, "inputs": {"text": "column_1"},
            "target": "column_2",
        },
        "task": {"kind": "translate", "target_language": "zh", "max_new_tokens": 16, "beams": 4},
        "training": {"epochs": 5, "batch_size": 32, "learning_rate": 3e-3, "precision": "fp32", "threads": 1},
        "evaluation": [{"kind": "quality", "resamples": 100}],
        "output": str(place / "run"),
    }  # fmt: skip
    run = train(Recipe.model_validate(fields))
    found = {m.model: m for m in run.quality.metrics if m.split == "test" and m.name == "chrf"}
    assert found["tuned"].low > 10 * found["copy"].high
    assert np.isfinite(found["nearest"].value)
