"""Subjects to measure: a tiny random model and small tables of made-up reviews."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_models import tiny_model_folder

from tunewright.data.table import Cell, Table
from tunewright.evaluation import Split, Subject
from tunewright.inputs.question_context import QuestionContextInput
from tunewright.inputs.text import TextInput
from tunewright.inputs.text_pair import TextPairInput
from tunewright.models.load_options import LoadOptions
from tunewright.models.source import Source
from tunewright.records import RunFolder, SourceFile
from tunewright.tasks.answer import Answer
from tunewright.tasks.classify import Classify
from tunewright.tasks.embed import Embed
from tunewright.tasks.multilabel import MultiLabel
from tunewright.tasks.regress import Regress
from tunewright.tasks.similarity import Similarity
from tunewright.tasks.tag import Tag

TASKS = {
    "classify": Classify, "multilabel": MultiLabel, "regress": Regress, "tag": Tag, "similarity": Similarity,
    "embed": Embed, "answer": Answer,
}  # fmt: skip
GOOD, BAD = ("good", "great", "fine", "lovely", "superb"), ("bad", "awful", "poor", "dreadful", "boring")
FILLING = ("the", "film", "plot", "actor", "scene", "was", "is", "and", "very", "not", "with", "music", "story", "end")

Rows = tuple[Sequence[Any], Sequence[Cell]]
"""Inputs (texts, or pairs of texts) and target cells."""


def _reviews(rows: int, seed: int, noise: float = 0.0) -> Rows:
    """Texts that say what they are, and `positive` or `negative`, a share of them exchanged."""
    generator = np.random.default_rng(seed)
    texts, labels = [], []
    for _ in range(rows):
        positive = bool(generator.random() < 0.6)
        words = [*generator.choice(GOOD if positive else BAD, 2), *generator.choice(FILLING, generator.integers(2, 9))]
        generator.shuffle(words)
        texts.append(" ".join(words))
        labels.append("positive" if positive != (generator.random() < noise) else "negative")
    return texts, labels


def table(columns: dict[str, list[Cell]], path: str) -> Table:
    """A table as if read from a file with a header."""
    rows = len(next(iter(columns.values())))
    file = SourceFile(
        path=path, sha256="0" * 64, bytes=1, format="csv", encoding="utf-8", encoding_detected=True, delimiter=",",
        rows=rows, columns=tuple(columns), role="train",
    )  # fmt: skip
    return Table(columns, (file,), np.zeros(rows, dtype=np.int32), np.arange(2, rows + 2, dtype=np.int64))


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """A random BERT of width 32 whose hidden states tell words apart."""
    folder = tmp_path_factory.mktemp("evaluation") / "bert"
    return Source(str(folder), str(tiny_model_folder(folder, "bert")))


@pytest.fixture
def make_subject(tiny_bert: Source, tmp_path: Path) -> Callable[..., Subject]:
    """`make_subject("classify", train, validation, test)`: splits of (inputs, cells); None for a split left out."""

    def make(task_kind: str, train: Rows, validation: Rows | None, test: Rows | None, **changes: Any) -> Subject:
        task = TASKS[task_kind]()
        pairs = not isinstance(train[0][0], str)
        inputs = TextPairInput(text="first", pair="second") if pairs else TextInput(text="text")
        if task_kind == "answer":
            inputs = QuestionContextInput(question="first", context="second")
        tokenizer = tiny_bert.tokenizer()
        words = task.per_token and not pairs
        rows = inputs.encode({"text": list(train[0])}, tokenizer, 64, words=True) if words else train[0]
        space = task.space(train[1], "target", rows)

        def split(name: str, rows: Rows | None) -> Split | None:
            if rows is None:
                return None
            texts, cells = rows
            sides = (
                {"first": [a for a, _ in texts], "second": [b for _, b in texts]} if pairs else {"text": list(texts)}
            )
            read = table(sides | {"target": list(cells)}, f"{name}.csv")
            encoded = inputs.encode(read.columns, tokenizer, 64, words=task.per_token, apart=task.apart)
            return Split(name, read, encoded, task.encode(cells, space, encoded))

        folder = RunFolder(tmp_path / "run")
        model = task.model(tiny_bert, space, LoadOptions(tokenizer.pad_token_id, 0)).eval()
        model.save_pretrained(folder.model)
        given: dict[str, Any] = {
            "model": model, "pretrained": tiny_bert.encoder, "tokenizer": tokenizer, "task": task, "inputs": inputs,
            "space": space, "train": split("train", train), "validation": split("validation", validation),
            "test": split("test", test), "device": torch.device("cpu"), "precision": "fp32", "token_budget": 512,
            "max_length": 64, "folder": folder, "seed": 0, "training_peak_bytes": None,
            "report_progress": lambda sentence: None,
        }  # fmt: skip
        return Subject(**(given | changes))

    return make


@pytest.fixture
def asked(make_subject: Callable[..., Subject]) -> Callable[..., Subject]:
    """`asked(pairs, cells)`: questions with contexts and their answers, as training and test rows."""
    return lambda pairs, cells: make_subject("answer", (pairs, cells), None, (pairs, cells))


@pytest.fixture
def reviews() -> Callable[..., Rows]:
    """`reviews(rows, seed, noise=0.0)`."""
    return _reviews


@pytest.fixture
def subject(make_subject: Callable[..., Subject]) -> Subject:
    """Separable reviews, two classes, three splits."""
    return make_subject("classify", _reviews(160, 0), _reviews(40, 1), _reviews(80, 2))
