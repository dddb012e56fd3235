"""What the Trainer is given to learn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from tiny_models import shared_language_folder, shared_model_folder, tiny_chat_folder
from tiny_runs import place_run

from benchmarks.labels import IGNORED, labels_of
from tunewright.pipeline.prepare import Prepared, prepare
from tunewright.recipe import Recipe
from tunewright.training.observer import Silent


def prepared(fields: dict[str, Any]) -> Prepared:
    return prepare(Recipe(**fields), Silent())


def test_a_row_has_its_label(tmp_path: Path) -> None:
    """Danger: the Trainer learns other labels than we do, and its loss is compared with ours."""
    given = prepare(Recipe.read(place_run(tmp_path)), Silent())
    moods = np.array(given.train.table.column("mood"))
    assert np.array_equal(np.array(given.space.names)[labels_of(given)], moods) and len(set(moods)) == 2


def test_a_word_has_its_tag_at_its_first_token(tmp_path: Path) -> None:
    """Danger: pieces of a word, or the signs around a text, are learned by one side alone."""
    aims = {"good": "O", "film": "B-x", "goodfilm": "B-y", "plot": "I-y"}
    words = list(aims)
    lines = [json.dumps({"tokens": words[n % 3 :], "tags": [aims[w] for w in words[n % 3 :]]}) for n in range(30)]
    (tmp_path / "tags.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    data = {"train": str(tmp_path / "tags.jsonl"), "inputs": {"tokens": "tokens"}, "target": "tags", "test": 0.2}
    given = prepared({"model": str(shared_model_folder()), "data": data, "task": "tag"})
    encoded, labels = given.train.encoded, labels_of(given)
    assert len(labels) == len(encoded.ids) and labels.dtype == np.int64
    for row in range(len(encoded)):
        own = labels[encoded.offsets[row] : encoded.offsets[row + 1]]
        assert own[0] == own[-1] == IGNORED, "signs before and behind a text"
        told = [given.space.names[tag] for tag in own[own != IGNORED]]
        assert told == [aims[word] for word in given.train.table.columns["tokens"][row]]
    assert (labels == IGNORED).sum() > 2 * len(encoded), "there are words of several pieces"


def test_a_token_of_an_answer_is_its_own_label(tmp_path: Path) -> None:
    """Danger: labels that are moved by one beforehand are moved again by transformers; or questions are learned."""
    folder = tmp_path / "chat"
    tiny_chat_folder(folder)
    rows = [{"asked": f"good {n}", "said": f"bad story {n}"} for n in range(20)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    data = {"train": str(tmp_path / "rows.jsonl"), "inputs": {"prompt": "asked", "response": "said"}, "test": 0.2}
    given = prepared({"model": str(folder), "data": data, "task": "instruct"})
    encoded, labels = given.train.encoded, labels_of(given)
    learned = labels != IGNORED
    assert np.array_equal(labels[learned], encoded.ids[learned])
    for row in range(len(encoded)):
        own = labels[encoded.offsets[row] : encoded.offsets[row + 1]]
        told = given.tokenizer.decode(own[own != IGNORED], skip_special_tokens=True)
        said = given.train.table.column("said")[row]
        assert told.split() == said.split(), "the answer and nothing of the question"


def test_of_running_text_all_but_a_first_token_is_learned(tmp_path: Path) -> None:
    """Danger: a first token, which nothing stands before, is learned by one side alone."""
    (tmp_path / "texts.csv").write_text("t\n" + "".join(f"good story {n}\n" for n in range(40)), encoding="utf-8")
    data = {"train": str(tmp_path / "texts.csv"), "inputs": {"text": "t"}, "test": 0.2, "max_length": 16}
    given = prepared({"model": str(shared_language_folder()), "data": data, "task": "language_model"})
    encoded, labels = given.train.encoded, labels_of(given)
    first = encoded.offsets[:-1]
    assert (labels[first] == IGNORED).all() and (labels == IGNORED).sum() == len(first)
    assert np.array_equal(np.delete(labels, first), np.delete(encoded.ids, first))
