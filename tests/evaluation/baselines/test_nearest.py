"""The translation of the most similar training row."""

from __future__ import annotations

from types import SimpleNamespace

from tunewright.evaluation.baselines.nearest import Nearest
from tunewright.evaluation.subject import Split
from tunewright.inputs.text import TextInput
from tunewright.tasks.text_rows import TextRows


def split_of(texts, targets=()):
    return Split("x", SimpleNamespace(columns={"t": list(texts)}), None, TextRows(list(targets)))


def test_the_most_similar_row_answers(monkeypatch) -> None:
    """Danger: neighbours by number instead of by text; a translation of the measured row itself."""
    monkeypatch.setattr(Split, "__len__", lambda self: len(self.table.columns["t"]))
    train = split_of(["the cat sleeps", "it rains today", "我喜欢苹果"], ["die Katze schläft", "es regnet", "apples"])
    subject = SimpleNamespace(inputs=TextInput(text="t"), train=train, seed=0)
    attempt = Nearest().answer(subject, split_of(["我喜欢苹果派", "a cat sleeps", "rains"]))
    assert attempt.answers.texts == ["apples", "die Katze schläft", "es regnet"]


def test_texts_without_anything_to_count(monkeypatch) -> None:
    """Danger: scikit-learn's error about a vocabulary, in the middle of an evaluation."""
    monkeypatch.setattr(Split, "__len__", lambda self: len(self.table.columns["t"]))
    subject = SimpleNamespace(inputs=TextInput(text="t"), train=split_of([" ", " "], ["a", "b"]), seed=0)
    attempt = Nearest().answer(subject, split_of(["x"]))
    assert attempt.answers is None and "left out" in attempt.notes[0]
