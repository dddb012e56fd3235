"""Whole runs that take a second: a table with a signal, a tiny random BERT, and a recipe on both."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from ruamel.yaml import YAML
from tiny_models import tiny_model_folder

from tunewright.models.head import HEADS, head_class
from tunewright.pipeline import Run, train, verify
from tunewright.recipe import Recipe
from tunewright.training.observer import Silent
from tunewright.training.step import Update

GOOD, BAD = ("good", "great", "fine", "lovely", "superb"), ("bad", "awful", "poor", "dreadful", "boring")
FILLING = ("the", "a", "film", "plot", "actor", "scene", "was", "is", "and", "very", "story", "music")

TWELVE_STEPS = (
    "training.max_steps=12",
    "training.batch_size=8",
    "training.learning_rate=5e-3",
    "training.precision=fp32",
)
"""What `train` is given so that a tiny model learns something of pictures or sounds in a second."""


def phrases(rows: int, words: tuple[str, ...], generator: np.random.Generator) -> list[str]:
    """Texts of 4 to 11 words, no two the same, two or three of them out of `words`."""
    found: dict[str, None] = {}
    while len(found) < rows:
        text = [*generator.choice(words, int(generator.integers(2, 4)))]
        text += [*generator.choice(FILLING, int(generator.integers(2, 9)))]
        found[" ".join(generator.permutation(text))] = None
    return list(found)


def write_csv(path: Path, columns: Mapping[str, list[Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def review_columns(rows: int = 64, seed: int = 0) -> dict[str, list[Any]]:
    """Columns for every task: `review`, `place` (a second text), `mood`, `marks` (several labels), `stars` (a number).

    All of them follow from the one word that tells, so that a tiny model can learn them.
    """
    generator = np.random.default_rng(seed)
    half = rows // 2
    texts = phrases(half, GOOD, generator) + phrases(rows - half, BAD, generator)
    good = [index < half for index in range(rows)]
    order = generator.permutation(rows)
    return {
        "review": [texts[i] for i in order],
        "place": [str(generator.choice(("red", "green", "blue"))) for _ in order],
        "mood": ["happy" if good[i] else "angry" for i in order],
        "marks": [("praise|keep" if good[i] else "fault") if i % 5 else "" for i in order],
        "stars": [round(4.5 if good[i] else 1.5, 1) + round(float(generator.normal(0, 0.2)), 2) for i in order],
    }


def recipe_fields(model: Path | str, data: Path | str, /, **changes: Any) -> dict[str, Any]:
    """A recipe's fields: 3 epochs of 64 rows in a second. `section__field` changes a field inside a section."""
    fields: dict[str, Any] = {
        "model": str(model),
        "data": {"train": str(data), "validation": 0.2, "test": 0.2, "inputs": {"text": "review"}, "target": "mood"},
        "task": "classify",
        "method": "full",
        "training": {"epochs": 3, "batch_size": 8, "learning_rate": 5e-3, "precision": "fp32", "threads": 1},
        "evaluation": [],
    }
    for name, value in changes.items():
        section, _, field = name.partition("__")
        if field:
            fields[section] = {**fields[section], field: value}
        else:
            fields[section] = value
    return fields


def write_recipe(path: Path, fields: Mapping[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as stream:
        YAML(typ="safe", pure=True).dump(dict(fields), stream)
    return path


def place_run(folder: Path, **changes: Any) -> Path:
    """Model, data and recipe in a folder; answers the recipe. Its run goes to `<folder>/run`."""
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / "tiny"
    if not model.exists():
        tiny_model_folder(model)
    data = folder / "reviews.csv"
    if not data.exists():
        write_csv(data, review_columns())
    return write_recipe(
        folder / "reviews.yaml", recipe_fields("./tiny", "reviews.csv", **({"output": str(folder / "run")} | changes))
    )


@contextlib.contextmanager
def verified_in_process() -> Iterator[None]:
    """Open the saved model in this process instead of a new one.

    The new process costs four seconds for its imports, and what it guards against (weights that are right in memory
    and wrong on disk) is tested for real in tests/pipeline/test_verify.py and tests/pipeline/test_run.py.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tunewright.pipeline.finish.fresh_logits", logits_of_folder)
        yield


def logits_of_folder(folder: Path, rows: Any, prepared: Any) -> Any:
    """What `fresh_logits` answers, by transformers in this process."""
    kind = head_class(prepared.config, prepared.parts.task.auto_class)
    model = HEADS[kind].from_pretrained(folder, dtype="float32").eval()
    return verify.logits_one_by_one(model, rows, prepared, torch.device("cpu"))


class Watcher(Silent):
    """An observer that remembers what it is told, and acts at steps.

    Attributes:
        at: what to do right after an optimizer step, by its number.
    """

    def __init__(self, at: Mapping[int, Callable[[], None]] | None = None) -> None:
        self.at = dict(at or {})
        self.phases: list[str] = []
        self.notes: list[str] = []
        self.steps: list[int] = []

    def phase(self, title: str) -> None:
        self.phases.append(title)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def step(self, step: int, epoch: float, update: Update, learning_rate: float) -> None:
        self.steps.append(step)
        self.at.get(step, lambda: None)()


def weights(run: Path) -> dict[str, str]:
    """sha256 of everything a run hands over or goes on from, except what holds times or is written from records."""
    files = [*run.glob("model/*"), *run.glob("adapter/*.safetensors"), *run.glob("checkpoints/*/*.safetensors")]
    return {
        str(file.relative_to(run)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(files)
        if file.name != "README.md"
    }


def leftovers(run: Path) -> list[str]:
    """What was not cleared away."""
    return [str(path.relative_to(run)) for path in run.rglob("*") if path.name.startswith((".tmp-", ".old-"))]


LEARNS = {"training__epochs": 6}
SHARED: dict[str, dict[str, Any]] = {
    "full": {
        "evaluation": [
            {"kind": "quality", "resamples": 40, "mistakes": 5},
            {"kind": "latency", "batch_sizes": [1, 4], "calls": 4, "seconds": 0.2},
            "memory",
        ]
    },
    "freeze": {"method": {"kind": "freeze", "layers": 1}},
    "lora": {"method": {"kind": "lora", "rank": 4}, "training__learning_rate": 1e-2},
    "multilabel": {
        "task": "multilabel",
        "method": {"kind": "lora", "rank": 4},
        "data__target": "marks",
        "training__learning_rate": 1e-2,
    },
    "regress": {"task": "regress", "data__target": "stars"},
    "pair": {"data__inputs": {"text": "place", "pair": "review"}},
}
"""Finished runs that tests share, by name: one of each task, method and input, all verified in a new process."""


class SharedRuns:
    """Makes each run of `SHARED` when it is first asked for, once in a test session. Not to be changed by tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "shared_runs"

    def recipe(self, name: str) -> Path:
        """The page of a run."""
        if not (self.folder / "reviews.csv").exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            write_csv(self.folder / "reviews.csv", review_columns(rows=120))
        page = self.folder / f"{name}.yaml"
        if not page.exists():
            placed = place_run(self.folder, output=str(self.folder / "runs" / name), **(LEARNS | SHARED[name]))
            placed.rename(page)
        return page

    def __call__(self, name: str) -> Run:
        page = self.recipe(name)
        if not (self.folder / "runs" / name / "report.html").is_file():
            return train(Recipe.read(page))
        return Run.open(self.folder / "runs" / name)

    def copy(self, name: str, to: Path) -> Path:
        """A finished run's folder of one's own."""
        shutil.copytree(self(name).folder.path, to)
        return to
